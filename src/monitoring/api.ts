import type { Cancel } from '../base/world';
import type { Loss } from '../engine/counters';

/**
 * What is measured, as others read it. Counts begin with the start (or STATS RESET) unless a window says otherwise; rates
 * are a second's, times milliseconds, sizes bytes. Nothing here is ever a raw key: `template` is a pattern of the
 * configuration, NO_TEMPLATE for keys that no pattern matches, OTHER_TEMPLATES for what is beyond the busiest
 * TEMPLATES_MAX.
 */
export const NO_TEMPLATE = '(none)';
export const OTHER_TEMPLATES = '(other)';
export const TEMPLATES_MAX = 200;

export const WINDOWS = ['1m', '5m', '1h', '24h'] as const;
export type WindowName = (typeof WINDOWS)[number];

export type LayerName = 'memory' | 'disk' | 'origin';

export type MissCounts = Readonly<Record<Loss, number>>;

/** Each within 2 % of the exact one; all 0 where nothing was measured. */
export interface Percentiles {
  /** Measurements, sampled ones by their weight. */
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** As Percentiles, of what is no time: seconds of age, hits. */
export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Of the keys of one template. `hits` that memory answered are all looked at up to about 2,000 a second, beyond
 * that extrapolated from one of up to `Monitoring.sampledOneOf`; misses
 * and evictions are exact up to 2,000 a second and extrapolated from a sample above that; loads are exact.
 */
export interface TemplateCounts {
  readonly template: string;
  /** hits + misses of all reasons. */
  readonly gets: number;
  /** Answered by memory or disk, stale ones included. */
  readonly hits: number;
  /** 0 to 1; 0 without gets. */
  readonly hitRate: number;
  readonly staleHits: number;
  readonly misses: MissCounts;
  readonly missesTotal: number;
  readonly loads: number;
  readonly loadFailures: number;
  /** Sum. */
  readonly loadMs: number;
  /** Value bytes of hits. */
  readonly bytesRead: number;
  readonly evicted: number;
  /** Evicted keys that were missed within 10 minutes. */
  readonly evictedAskedAgain: number;
  /** Hits that its loader would have had to answer; 0 for a template that was never loaded. */
  readonly savedCalls: number;
  /** The time that those would have taken, by the mean of its loads then. */
  readonly savedMs: number;
}

export interface LayerCounts {
  readonly layer: LayerName;
  /** What was asked of this layer: what the one before it did not have. */
  readonly gets: number;
  readonly hits: number;
  readonly hitRate: number;
  readonly staleHits: number;
  /** In it now; 0 for the origin. */
  readonly bytes: number;
  readonly entries: number;
  readonly errors: number;
  readonly latency: Percentiles;
}

export interface Saved {
  readonly calls: number;
  readonly ms: number;
}

export interface Evictions {
  readonly evicted: number;
  readonly askedAgain: number;
  /** Since the value was stored, since it was last read, and reads while it was there (to 255): at its eviction. */
  readonly ageSeconds: Spread;
  readonly idleSeconds: Spread;
  readonly hits: Spread;
}

/** All that is counted, over some time. */
export interface Figures {
  /** Really covered: less than the window's length after a start. */
  readonly seconds: number;
  readonly commands: number;
  readonly errorReplies: number;
  readonly connectionsReceived: number;
  readonly netInputBytes: number;
  readonly netOutputBytes: number;
  readonly gets: number;
  /** Of memory and disk. */
  readonly hits: number;
  /** 0 to 1; 0 without gets. */
  readonly hitRate: number;
  readonly staleHits: number;
  readonly misses: MissCounts;
  readonly missesTotal: number;
  readonly sets: number;
  readonly deletes: number;
  readonly expired: number;
  readonly evicted: number;
  readonly evictedAskedAgain: number;
  readonly invalidations: number;
  readonly invalidatedEntries: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly loadMs: number;
  readonly diskErrors: number;
  readonly saved: Saved;
  readonly layers: readonly LayerCounts[];
  /** The busiest first; NO_TEMPLATE and OTHER_TEMPLATES only where they have figures. */
  readonly templates: readonly TemplateCounts[];
  /** From the start of a command to its reply, waiting included; of all commands. */
  readonly latency: Percentiles;
  readonly eventLoop: Percentiles;
}

export interface WindowFigures extends Figures {
  readonly window: WindowName;
}

/** Since the start or the last STATS RESET. */
export interface Totals extends Figures {
  readonly commandLatencies: readonly CommandLatency[];
  /** By template, of those that were loaded. */
  readonly loadLatencies: readonly { readonly template: string; readonly latency: Percentiles }[];
}

export interface CommandLatency {
  /** Full name, as 'config|get'. */
  readonly command: string;
  readonly calls: number;
  readonly latency: Percentiles;
}

/** Figures of one minute; kept for 30 days. Counts are that minute's, gauges those at its end. */
export interface MinuteRow {
  /** Wall clock, the start of the minute. */
  readonly atMs: number;
  /** Measured of it: 60, but less around a start. */
  readonly seconds: number;
  readonly commands: number;
  readonly gets: number;
  readonly memoryHits: number;
  readonly diskHits: number;
  readonly staleHits: number;
  readonly misses: MissCounts;
  readonly sets: number;
  readonly expired: number;
  readonly evicted: number;
  readonly evictedAskedAgain: number;
  readonly invalidations: number;
  readonly invalidatedEntries: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly loadMs: number;
  readonly errorReplies: number;
  readonly diskErrors: number;
  readonly savedCalls: number;
  readonly savedMs: number;
  readonly netInputBytes: number;
  readonly netOutputBytes: number;
  readonly latency: Percentiles;
  readonly memoryLatency: Percentiles;
  readonly diskLatency: Percentiles;
  readonly originLatency: Percentiles;
  readonly eventLoop: Percentiles;
  readonly clients: number;
  readonly entries: number;
  readonly usedBytes: number;
  readonly rssBytes: number;
  readonly diskBytes: number;
  /** The busiest MINUTE_TEMPLATES_MAX of the minute. */
  readonly templates: readonly MinuteTemplate[];
}

export const MINUTE_TEMPLATES_MAX = 20;

export interface MinuteTemplate {
  readonly template: string;
  readonly hits: number;
  readonly staleHits: number;
  /** All reasons; how many of them by invalidation (a tag, a rule, a key), by eviction, by expiry. */
  readonly misses: number;
  readonly missesInvalidated: number;
  readonly missesEvicted: number;
  readonly missesExpired: number;
  readonly loads: number;
  readonly loadFailures: number;
  readonly loadMs: number;
  readonly evicted: number;
  readonly savedMs: number;
}

export interface Monitoring {
  /** False with `monitoring off`: all figures that need a hook are 0. */
  readonly isOn: boolean;
  /** At the least one of so many hits of memory is looked at; all of them up to about 2,000 a second. */
  readonly sampledOneOf: number;
  /** Of typed arrays and tables, everything of monitoring that MON owns. */
  readonly memoryBytes: number;
  window(name: WindowName): WindowFigures;
  totals(): Totals;
  evictions(): Evictions;
  /** Oldest first, of the last 24 hours, at once. `count`: the newest so many. */
  recentMinutes(count?: number): MinuteRow[];
  /** Oldest first, `fromMs <= atMs < toMs` on the wall clock; up to 30 days back, where there is a disk layer. */
  minutes(fromMs: number, toMs: number): Promise<MinuteRow[]>;
  /** Called with each minute once it is over. The listener must be quick. */
  onMinute(listener: (row: MinuteRow) => void): Cancel;
  /** Totals and windows begin anew, minutes stay; `setBack` does the same to the counters that are read. */
  reset(setBack: () => void): void;
}
