import type { Bytes } from '../base/bytes';

/** A load that nobody waits for: warming, refresh ahead. Those that somebody waits for go first. */
export interface QuietLoad {
  /** Physical database. */
  db: number;
  key: Bytes;
  /** Of the stored value; the template's otherwise, ms. */
  ttlMs?: number;
  /** Beside the template's, latin1. */
  tags?: readonly string[];
  /** Loads though what is there is fresh. */
  force?: boolean;
}

/**
 * What became of it. `fresh`: there was nothing to do. `unchanged`: what was there is right and holds longer. `fenced`: it
 * was overtaken by an invalidation or a newer value. `busy`: not now, others wait for this source, or its breaker is open.
 * `full`: stored, it would push out what is in use.
 */
export type QuietOutcome =
  | 'loaded'
  | 'unchanged'
  | 'fresh'
  | 'absent'
  | 'failed'
  | 'fenced'
  | 'busy'
  | 'full'
  | 'no-loader';

/** A source of the configuration as it is now. Counts since the start. */
export interface SourceState {
  name: string;
  kind: 'http' | 'sql' | 'module';
  breaker: 'closed' | 'open' | 'half-open';
  /** When an open breaker lets a call through again, ms from now. */
  retryInMs: number;
  /** Calls under way: for those who wait, and quiet ones. */
  running: number;
  quietRunning: number;
  /** Loads in line. */
  waiting: number;
  calls: number;
  /** Keys those calls asked for. */
  keys: number;
  failures: number;
  /** Calls not made: the breaker was open. */
  refused: number;
  /** Readers given the load of another. */
  coalesced: number;
  meanMs: number;
  p50Ms: number;
  p99Ms: number;
  /** Calls a second it has been seen to answer at its usual speed; 0: not known yet. */
  capacityPerSecond: number;
  /** Absent: no limit but what is measured. */
  callsPerSecondMax?: number | undefined;
  lastFailure: string;
}

/** What warming asks of the engine. */
export interface QuietLoads {
  /** Never rejects. */
  loadQuietly(load: QuietLoad): Promise<QuietOutcome>;
  sourceStates(): SourceState[];
}
