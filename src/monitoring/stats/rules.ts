import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function rulesStats({ engine, config }: Sources): Fields {
  const stats = engine.core.rules.stats();
  return fields({
    rules: stats.rules,
    rules_max: config.rulesMax,
    fired: stats.fired,
    invalidated_entries: stats.invalidated,
    skipped_templates: stats.skipped,
    came_back_changed: stats.changed,
    came_back_unchanged: stats.unchanged,
    depth_limited: stats.depthReached,
    expansion_limited: stats.cut,
    bytes: stats.bytesUsed,
  });
}
