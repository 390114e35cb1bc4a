import type { QuietOutcome } from '../engine/quiet-loads';

/** What came of warming, for one task, one origin, or all of it. */
export class WarmCounts {
  queued = 0;
  loaded = 0;
  /** The value that was there is still right, and holds longer. */
  unchanged = 0;
  /** Nothing was to be done. */
  fresh = 0;
  /** The source has no such thing. */
  absent = 0;
  failed = 0;
  /** An invalidation or a newer value came first. */
  fenced = 0;
  /** It would have pushed out what is in use. */
  refused = 0;
  /** Loaded keys that were read before they were warmed again, expired or left; and those that were not. */
  used = 0;
  wasted = 0;
  /** Reads of loaded keys; each key's first would have been a load. */
  hits = 0;
  /** Time that sources spent on it. */
  originMs = 0;

  ended(outcome: QuietOutcome, tookMs: number): void {
    if (outcome === 'full') this.refused++;
    else if (outcome === 'no-loader') this.failed++;
    else if (outcome !== 'busy') this[outcome]++;
    if (askedOrigin(outcome)) this.originMs += tookMs;
  }

  reset(): void {
    for (const name of Object.keys(this) as (keyof this)[]) {
      if (typeof this[name] === 'number') (this[name] as number) = 0;
    }
  }
}

/** Whether it cost the source a call. */
export function askedOrigin(outcome: QuietOutcome): boolean {
  return outcome !== 'fresh' && outcome !== 'busy' && outcome !== 'full' && outcome !== 'no-loader';
}
