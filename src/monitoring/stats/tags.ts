import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function tagsStats({ engine, config }: Sources): Fields {
  const { tags, graces, counters, epochs } = engine.core;
  const { tags: count, idleTags, cohorts, members, links, pendingTags, pendingOwners, bytesUsed } = tags.stats();
  return fields({
    tags: count,
    tags_max: config.tagsMax,
    idle_tags: idleTags,
    tag_sets: cohorts,
    tagged_entries: members,
    links,
    pending_tags: pendingTags,
    pending_entries: pendingOwners,
    bytes: bytesUsed,
    epoch: epochs.current,
    invalidations: counters.invalidations,
    invalidated_entries: counters.invalidatedEntries,
    soft_invalidations: counters.softInvalidations,
    softened_entries: counters.softenedEntries,
    graceful_entries: graces.size,
    grace_bytes: graces.bytesUsed,
    fenced_fills: counters.fencedFills,
  });
}
