import { LOSSES } from '../../engine/counters';
import type { MissCounts } from '../api';
import type { Sources } from '../sources';
import { diskFactsOf } from '../stats/disk-facts';

/** What is counted of each template, in the order of its columns. Misses by reason come after them. */
const TEMPLATE_COLUMNS = [
  'memoryHits',
  'diskHits',
  'staleHits',
  'loads',
  'loadFailures',
  'loadMs',
  'bytesRead',
  'evicted',
  'evictedAskedAgain',
  'savedCalls',
  'savedMs',
] as const;
export type TemplateColumn = (typeof TEMPLATE_COLUMNS)[number];
export const TEMPLATE_WIDTH = TEMPLATE_COLUMNS.length + LOSSES.length;
export const TEMPLATE_MISSES = TEMPLATE_COLUMNS.length;
export const T = Object.fromEntries(TEMPLATE_COLUMNS.map((name, i) => [name, i])) as Record<TemplateColumn, number>;

type Read = (sources: CountedSources) => number;
/** What counters are read from. */
export type CountedSources = Pick<Sources, 'engine' | 'traffic' | 'errors'>;

/** What is read from counters that others keep, each period. */
const READ = {
  commands: ({ traffic }) => traffic.commandsProcessed,
  errorReplies: ({ errors }) => errors.total,
  connectionsReceived: ({ traffic }) => traffic.connectionsReceived,
  netInputBytes: ({ traffic }) => traffic.netInputBytes,
  netOutputBytes: ({ traffic }) => traffic.netOutputBytes,
  gets: ({ engine }) => engine.core.counters.gets,
  memoryHits: ({ engine }) => engine.core.counters.memoryHits,
  diskHits: ({ engine }) => engine.core.counters.diskHits,
  originHits: ({ engine }) => engine.core.counters.originHits,
  staleHits: ({ engine }) => engine.core.counters.staleHits,
  sets: ({ engine }) => engine.core.counters.sets,
  deletes: ({ engine }) => engine.core.counters.deletes,
  expired: ({ engine }) => engine.core.counters.expired,
  evicted: ({ engine }) => engine.core.counters.evicted,
  invalidations: ({ engine }) => engine.core.counters.invalidations,
  invalidatedEntries: ({ engine }) => engine.core.counters.invalidatedEntries,
  loads: ({ engine }) => engine.core.counters.loads,
  loadFailures: ({ engine }) => engine.core.counters.loadFailures,
  loadMs: ({ engine }) => engine.core.counters.loadMs,
  diskErrors: ({ engine }) => {
    const { readErrors, writeErrors, checksumErrors } = diskFactsOf(engine);
    return readErrors + writeErrors + checksumErrors;
  },
} satisfies Record<string, Read>;

/** What is counted here. */
const COUNTED = ['evictedAskedAgain', 'savedCalls', 'savedMs'] as const;

export type GlobalColumn = keyof typeof READ | (typeof COUNTED)[number];
const READS: readonly Read[] = Object.values(READ);
const GLOBAL_COLUMNS = [...Object.keys(READ), ...COUNTED] as readonly GlobalColumn[];
export const GLOBAL_MISSES = GLOBAL_COLUMNS.length;
export const GLOBAL_WIDTH = GLOBAL_MISSES + LOSSES.length;
export const G = Object.fromEntries(GLOBAL_COLUMNS.map((name, i) => [name, i])) as Record<GlobalColumn, number>;

/** Reads all counters into their columns; what is counted here is left alone. */
export function readCounters(sources: CountedSources, into: Float64Array): void {
  for (let i = 0; i < READS.length; i++) into[i] = READS[i]!(sources);
  into.set(sources.engine.core.counters.misses, GLOBAL_MISSES);
}

export function missesIn(columns: Float64Array, from: number): { misses: MissCounts; missesTotal: number } {
  let missesTotal = 0;
  const misses: Record<string, number> = {};
  for (const [i, reason] of LOSSES.entries()) {
    misses[reason] = columns[from + i]!;
    missesTotal += columns[from + i]!;
  }
  return { misses: misses as MissCounts, missesTotal };
}
