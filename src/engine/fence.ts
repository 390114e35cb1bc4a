import { type Bytes, bytesOf } from '../base/bytes';
import type { Core } from './core';

/**
 * Epoch of the last change of a key that was noted while somebody held the changes: written, deleted, invalidated, also
 * through a tag that its entry carries and that nobody has found dead yet. Never earlier than it was, but perhaps later.
 * `db` is physical.
 */
export function lastChange(core: Core, db: number, key: Bytes): number {
  const { memory, tags, changes } = core;
  const noted = changes.lastOf(db, memory.hashKey(db, key));
  const slot = memory.find(db, key);
  const member = slot === 0 ? 0 : core.memberOf(slot);
  return member !== 0 && tags.isDead(member) ? Math.max(noted, tags.deathOf(member)) : noted;
}

/**
 * The fence: whether what began at `epoch` for this key, with these tags and from these sources, is out of date. `isSpared`:
 * a soft invalidation of a tag leaves it its grace.
 */
export function isOvertaken(
  core: Core,
  db: number,
  key: Bytes,
  epoch: number,
  tags: readonly string[],
  sources: readonly string[],
  isSpared = false,
): boolean {
  if (core.tags.anyInvalidatedAfter(tags, epoch, isSpared) || lastChange(core, db, key) > epoch) return true;
  return sources.some((source) => lastChange(core, db, bytesOf(source)) > epoch);
}
