import type { Bytes } from '../../base/bytes';
import { ON_DISK } from '../../layers/memory/record';
import type { Core } from '../core';
import { type Outcome, SOFTENED_SLOTS_MAX } from './outcome';
import type { Plan } from './plan';
import type { Tally } from './tally';

/** Kills a key of a physical database. Whether an entry died that somebody could have been given. */
export function kill(core: Core, db: number, key: Bytes, tally: Tally | null, causeOf: () => number): boolean {
  const slot = core.findServable(db, key);
  core.overtaken(db, key);
  if (slot === 0) {
    core.removeUnknown(db, key);
    return false;
  }
  tally?.add(core, slot);
  core.killed(slot, causeOf());
  return true;
}

/** The same, but what has a grace and a loader becomes stale. Loads under way are overtaken all the same. */
export function soften(
  core: Core,
  db: number,
  key: Bytes,
  plan: Plan,
  tally: Tally | null,
  outcome: Outcome,
  causeOf: () => number,
): boolean {
  const { memory, graces } = core;
  const slot = core.findServable(db, key);
  if (slot === 0 || !graces.soften(slot, outcome.atMs, plan.staggerMs)) return kill(core, db, key, tally, causeOf);
  core.changed(db, key);
  if (memory.flag(slot, ON_DISK)) core.disk?.soften(db, key, core.epochs.next(), graces.freshUntil(slot));
  const member = core.memberOf(slot);
  if (plan.soft.some((tag) => core.tags.has(member, tag)) || outcome.softenedSlots.has(slot)) return false;
  if (outcome.softenedSlots.size < SOFTENED_SLOTS_MAX) outcome.softenedSlots.add(slot);
  tally?.add(core, slot);
  outcome.softened++;
  return true;
}
