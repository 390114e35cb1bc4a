import type { Histogram } from 'hdr-histogram-js';
import { build } from 'hdr-histogram-js';

/** One command of a mix. */
export interface CommandShare {
  /** Share among the weights of the mix; 1 when left out. */
  weight?: number;
  /**
   * Within an argument `{n}` becomes the command's number and `{r}` a random number of its own, both as 12 digits;
   * `key:{n}` is so a key of 16 bytes, as redis-benchmark's.
   */
  args: string[];
}

/** What the generator shall do; plain data, since it travels to a process of its own. */
export interface LoadPlan {
  port: number;
  connections: number;
  /**
   * Requests in one write of a connection, the next when all are answered (closed loop). With `ratePerSecond` unused.
   */
  pipeline?: number;
  /** Open loop: this many requests a second over all connections, answered or not. */
  ratePerSecond?: number;
  commands: CommandShare[];
  /** Numbers from `from` up to `from + count - 1`. */
  keys: { from?: number; count: number; order: 'sequential' | 'random' };
  /** Ends after so many requests (closed loop), or after a time; without both when told to stop. */
  requests?: number;
  durationMs?: number;
  seed?: number;
  /** Nice value (0 to 19): a generator that only fills should not be what others wait for. */
  niceness?: number;
}

export interface LoadFigures {
  requests: number;
  errors: number;
  /** Replies that were null: misses, when only GETs are sent. */
  nulls: number;
  firstError: string;
  elapsedMs: number;
  /** From the write of a request to its reply. */
  latencyUs: Histogram;
  /** How late the generator's own ticks were (open loop): what part of a latency may be its own. */
  lagUs: Histogram;
}

/** LoadFigures as it travels between processes. */
export type SentFigures = Omit<LoadFigures, 'latencyUs' | 'lagUs'> & { latencyUs: string; lagUs: string };

export type ToGenerator = { plan: LoadPlan } | { mark: true } | { stop: true };
export type FromGenerator = { ready: true } | { figures: SentFigures } | { done: SentFigures } | { failed: string };

const LATENCY_US_MAX = 120_000_000;

export const emptyHistogram = () =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: LATENCY_US_MAX, numberOfSignificantValueDigits: 3 });

/** One histogram of many. */
export function merged(histograms: readonly Histogram[]): Histogram {
  const all = emptyHistogram();
  for (const one of histograms) all.add(one);
  return all;
}
