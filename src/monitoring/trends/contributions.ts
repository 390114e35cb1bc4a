import type { MinuteRow, MinuteTemplate } from '../api';

/** What one template has to do with a change of the hit rate of all. */
export interface Contribution {
  readonly template: string;
  /** Of the change of the hit rate, 0.01 is one point; below 0 it fell by that. All of them add up to the change. */
  readonly change: number;
  readonly hitRateBefore: number;
  readonly hitRateAfter: number;
  /** Of all gets, 0 to 1. */
  readonly shareBefore: number;
  readonly shareAfter: number;
  /** What most of its misses afterwards came from. */
  readonly cause: 'invalidated' | 'evicted' | 'expired' | 'other';
}

interface Sums {
  gets: number;
  hits: number;
  invalidated: number;
  evicted: number;
  expired: number;
  misses: number;
}

/**
 * How much each template contributed: by its own hit rate, at its mean share of the gets, and by its share, at how much
 * better or worse than all it is (Kitagawa's decomposition). The largest falls first.
 */
export function contributions(before: readonly MinuteRow[], after: readonly MinuteRow[]): Contribution[] {
  const [was, is] = [sumsOf(before), sumsOf(after)];
  const [allWas, allIs] = [total(was), total(is)];
  if (allWas.gets === 0 || allIs.gets === 0) return [];
  const middle = (rateOf(allWas) + rateOf(allIs)) / 2;
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((template) => contribution(template, was.get(template), is.get(template), allWas.gets, allIs.gets, middle))
    .sort((a, b) => a.change - b.change);
}

function contribution(
  template: string,
  was: Sums | undefined,
  is: Sums | undefined,
  getsBefore: number,
  getsAfter: number,
  middle: number,
): Contribution {
  const hitRateAfter = is === undefined || is.gets === 0 ? rateOf(was!) : rateOf(is);
  const hitRateBefore = was === undefined || was.gets === 0 ? hitRateAfter : rateOf(was);
  const shareBefore = (was?.gets ?? 0) / getsBefore;
  const shareAfter = (is?.gets ?? 0) / getsAfter;
  const byRate = ((shareBefore + shareAfter) / 2) * (hitRateAfter - hitRateBefore);
  const byShare = (shareAfter - shareBefore) * ((hitRateBefore + hitRateAfter) / 2 - middle);
  return {
    template,
    change: byRate + byShare,
    hitRateBefore,
    hitRateAfter,
    shareBefore,
    shareAfter,
    cause: causeOf(is ?? was!),
  };
}

function causeOf({ invalidated, evicted, expired, misses }: Sums): Contribution['cause'] {
  const other = misses - invalidated - evicted - expired;
  const most = Math.max(invalidated, evicted, expired, other);
  if (most === other) return 'other';
  if (most === invalidated) return 'invalidated';
  return most === evicted ? 'evicted' : 'expired';
}

function sumsOf(rows: readonly MinuteRow[]): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  for (const { templates } of rows) for (const row of templates) add(sums, row);
  return sums;
}

function add(sums: Map<string, Sums>, row: MinuteTemplate): void {
  let of = sums.get(row.template);
  if (of === undefined) {
    of = { gets: 0, hits: 0, invalidated: 0, evicted: 0, expired: 0, misses: 0 };
    sums.set(row.template, of);
  }
  of.gets += row.hits + row.misses;
  of.hits += row.hits;
  of.misses += row.misses;
  of.invalidated += row.missesInvalidated;
  of.evicted += row.missesEvicted;
  of.expired += row.missesExpired;
}

function total(sums: ReadonlyMap<string, Sums>): Pick<Sums, 'gets' | 'hits'> {
  let [gets, hits] = [0, 0];
  for (const of of sums.values()) {
    gets += of.gets;
    hits += of.hits;
  }
  return { gets, hits };
}

function rateOf({ gets, hits }: Pick<Sums, 'gets' | 'hits'>): number {
  return gets === 0 ? 0 : hits / gets;
}
