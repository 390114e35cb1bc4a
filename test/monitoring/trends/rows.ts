import type { MinuteRow, MinuteTemplate, Percentiles } from '../../../src/monitoring/api';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** A Monday, midnight. */
export const START_MS = 1_700_438_400_000;

const NO_PERCENTILES: Percentiles = { count: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };

/** mulberry32 */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many of n come true. */
export function binomial(n: number, p: number, random: () => number): number {
  if (n > 2_000 || n * p * (1 - p) > 20)
    return Math.max(0, Math.min(n, Math.round(n * p + Math.sqrt(n * p * (1 - p)) * gaussian(random))));
  let count = 0;
  for (let i = 0; i < n; i++) if (random() < p) count++;
  return count;
}

export function templateRow(row: Partial<MinuteTemplate> & Pick<MinuteTemplate, 'template'>): MinuteTemplate {
  return {
    hits: 0,
    staleHits: 0,
    misses: 0,
    missesInvalidated: 0,
    missesEvicted: 0,
    missesExpired: 0,
    loads: 0,
    loadFailures: 0,
    loadMs: 0,
    evicted: 0,
    savedMs: 0,
    ...row,
  };
}

export function minuteRow(row: Partial<MinuteRow> & Pick<MinuteRow, 'atMs'>): MinuteRow {
  return {
    seconds: 60,
    commands: 0,
    gets: 0,
    memoryHits: 0,
    diskHits: 0,
    staleHits: 0,
    misses: {
      absent: 0,
      expired: 0,
      evicted: 0,
      deleted: 0,
      invalidated: 0,
      killed: 0,
      flushed: 0,
      lost: 0,
      overwritten: 0,
      fenced: 0,
    },
    sets: 0,
    expired: 0,
    evicted: 0,
    evictedAskedAgain: 0,
    invalidations: 0,
    invalidatedEntries: 0,
    loads: 0,
    loadFailures: 0,
    loadMs: 0,
    errorReplies: 0,
    diskErrors: 0,
    savedCalls: 0,
    savedMs: 0,
    netInputBytes: 0,
    netOutputBytes: 0,
    latency: NO_PERCENTILES,
    memoryLatency: NO_PERCENTILES,
    diskLatency: NO_PERCENTILES,
    originLatency: NO_PERCENTILES,
    eventLoop: NO_PERCENTILES,
    clients: 0,
    entries: 0,
    usedBytes: 0,
    rssBytes: 0,
    diskBytes: 0,
    templates: [],
    ...row,
  };
}

export function latencyOf(count: number, p95Ms: number): Percentiles {
  return { count, meanMs: p95Ms / 2, p50Ms: p95Ms / 2, p95Ms, p99Ms: p95Ms * 1.5, maxMs: p95Ms * 3 };
}

export interface Family {
  readonly template: string;
  /** Of all gets. */
  readonly share: number;
  /** At this minute since the start. */
  hitRate(minute: number): number;
  /** Failed loads among its misses. */
  failures?(minute: number): number;
}

export interface Traffic {
  readonly families: readonly Family[];
  /** Gets of a minute at noon and at night. */
  readonly dayGets: number;
  readonly nightGets: number;
  /** Points that hit rates swing with the day, up and down. */
  readonly swing?: number;
  /** Deviation of an unrest whose minutes go together (each keeps 0.8 of the one before). */
  readonly unrest?: number;
  /** Of p95. */
  p95Ms?(minute: number): number;
}

/** Minutes of traffic with the shape of days. */
export function* traffic(of: Traffic, minutes: number, seed: number): Generator<MinuteRow> {
  const random = randomOf(seed);
  const unrest = of.families.map(() => 0);
  for (let minute = 0; minute < minutes; minute++) {
    const light = (1 - Math.cos((2 * Math.PI * minute) / 1440)) / 2;
    const mean = of.nightGets * (of.dayGets / of.nightGets) ** light;
    const all = Math.max(1, Math.round(mean * Math.exp(0.15 * gaussian(random))));
    const templates = of.families.map((family, i) => {
      unrest[i] = 0.8 * unrest[i]! + (of.unrest ?? 0) * 0.6 * gaussian(random);
      const rate = family.hitRate(minute) + (of.swing ?? 0) * (light - 0.5) * 2 + unrest[i]!;
      const gets = Math.round(all * family.share);
      const hits = binomial(gets, Math.max(0, Math.min(1, rate)), random);
      const loads = gets - hits;
      return templateRow({
        template: family.template,
        hits,
        misses: loads,
        missesInvalidated: loads,
        loads,
        loadFailures: binomial(loads, family.failures?.(minute) ?? 0.01, random),
      });
    });
    const sum = (name: 'hits' | 'misses' | 'loads' | 'loadFailures') =>
      templates.reduce((total, row) => total + row[name], 0);
    const gets = sum('hits') + sum('misses');
    const p95Ms = (of.p95Ms?.(minute) ?? 4) * Math.exp(0.15 * gaussian(random));
    yield minuteRow({
      atMs: START_MS + minute * MINUTE_MS,
      commands: gets,
      gets,
      memoryHits: sum('hits'),
      loads: sum('loads'),
      loadFailures: sum('loadFailures'),
      latency: latencyOf(gets, p95Ms),
      templates,
    });
  }
}
