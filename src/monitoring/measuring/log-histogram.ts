import type { Percentiles, Spread } from '../api';

/** Buckets of each power of two. */
const PARTS_BITS = 5;
const PARTS = 1 << PARTS_BITS;
/** Below this many units each unit has its own bucket; above, a bucket is a 32nd of its power of two wide. */
export const BUCKETS = (32 - PARTS_BITS + 1) * PARTS;
/** Units of a millisecond: one is 31 ns, the largest value 134 s. */
const UNITS_PER_MS = 32_000;
const TICKS_MAX = 2 ** 32 - 1;

/**
 * The bucket of a whole number of units, 0 to 2^32 - 1. A value read back is the middle of its bucket: off by at most 1/64
 * (1.6 %), below PARTS units by at most half a unit.
 */
export function bucketOf(units: number): number {
  if (units < PARTS) return units;
  const shift = 31 - PARTS_BITS - Math.clz32(units);
  return (shift << PARTS_BITS) + (units >>> shift);
}

/** Units, the middle of the bucket. */
export function middleOf(bucket: number): number {
  if (bucket < 2 * PARTS) return bucket;
  const shift = (bucket >>> PARTS_BITS) - 1;
  return (bucket - (shift << PARTS_BITS) + 0.5) * 2 ** shift - 0.5;
}

/** Counts by logarithmic buckets: adding is an index and an addition, merging is addition. 3.5 KB. */
export class LogHistogram {
  readonly counts = new Uint32Array(BUCKETS);
  /** Of all that was added, exactly, in units. */
  sum = 0;

  /** `units` is cut to what fits. */
  add(units: number, weight = 1): void {
    const whole = units > 0 ? Math.min(Math.floor(units + 0.5), TICKS_MAX) : 0;
    this.counts[bucketOf(whole)]! += weight;
    this.sum += whole * weight;
  }

  addMs(ms: number, weight = 1): void {
    this.add(ms * UNITS_PER_MS, weight);
  }

  merge(other: LogHistogram): void {
    this.mergeCounts(other.counts, 0);
    this.sum += other.sum;
  }

  /** BUCKETS counts from `at` on. The sum is the caller's to add. */
  mergeCounts(counts: Uint32Array, at: number): void {
    const own = this.counts;
    for (let i = 0; i < BUCKETS; i++) own[i]! += counts[at + i]!;
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
  }

  get count(): number {
    let sum = 0;
    for (const count of this.counts) sum += count;
    return sum;
  }

  /** Units; 0 if nothing was added. `share` 0 to 1: the value that this share of all is not above. */
  quantile(share: number, count = this.count): number {
    if (count === 0) return 0;
    let left = Math.max(1, Math.ceil(share * count));
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.counts[i]!;
      if (left <= 0) return middleOf(i);
    }
    return 0;
  }

  /** In units of `unitsPerOne`. */
  spread(unitsPerOne = 1): Spread {
    const count = this.count;
    const at = (share: number) => this.quantile(share, count) / unitsPerOne;
    return {
      count,
      mean: count === 0 ? 0 : this.sum / count / unitsPerOne,
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: at(1),
    };
  }

  percentiles(): Percentiles {
    const { count, mean, p50, p95, p99, max } = this.spread(UNITS_PER_MS);
    return { count, meanMs: mean, p50Ms: p50, p95Ms: p95, p99Ms: p99, maxMs: max };
  }
}
