import type { Causer } from '../api';
import type { Core } from '../core';
import { MASS_ENTRIES } from '../probe';
import type { Plan } from './plan';

/** What an invalidation did. */
export interface Outcome {
  epoch: number;
  /** Clock milliseconds. */
  atMs: number;
  /** Numbers of the causes whose dead are counted as they leave. */
  causes: readonly number[];
  /** Members of tags; exact once all is settled. */
  died: () => number;
  exactAtOnce: boolean;
  /** Carriers of tags that became stale; of several tags with many carriers at most so many. */
  softCarriers: number;
  /** Keys that died or became stale, and dependents; those that carry one of the tags are not counted again. */
  struckKeys: number;
  cascaded: number;
  /** Of these two, those that became stale. */
  softened: number;
  /** Their slots, up to SOFTENED_SLOTS_MAX, so that what is named and depends on something named counts once. */
  readonly softenedSlots: Set<number>;
}

export const SOFTENED_SLOTS_MAX = 100_000;

/** Counts and tells what was done; how many entries it came to. */
export function tell(core: Core, plan: Plan, { client, reason }: Causer, outcome: Outcome): number {
  const { counters, probe, world } = core;
  const atWallMs = world.clock.now + world.clock.wallOffsetMs;
  const { epoch, softCarriers, struckKeys, cascaded } = outcome;
  const invalidated = outcome.died() + softCarriers + struckKeys + cascaded;
  const softened = softCarriers + outcome.softened;
  counters.invalidations++;
  counters.cascaded += cascaded;
  counters.softenedEntries += softened;
  counters.invalidatedEntries += invalidated - softened;
  if (plan.softly || plan.soft.length > 0) counters.softInvalidations++;
  const event = {
    epoch,
    atMs: atWallMs,
    tags: plan.hard,
    keys: plan.keys.length,
    died: invalidated,
    cascaded,
    client,
    reason,
  };
  probe.invalidated(event);
  if (invalidated >= MASS_ENTRIES) probe.massInvalidated?.(event);
  return invalidated;
}
