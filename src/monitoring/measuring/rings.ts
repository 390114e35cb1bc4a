import type { WindowName } from '../api';
import { BUCKETS, LogHistogram } from './log-histogram';

/** Buckets of 10 s for the short windows, of a minute for the hour, of half an hour for the day. */
const RINGS = [
  { bucketMs: 10_000, buckets: 30 },
  { bucketMs: 60_000, buckets: 60 },
  { bucketMs: 1_800_000, buckets: 48 },
] as const;
const BUCKETS_IN_ALL = 30 + 60 + 48;

/** The newest so many buckets of a ring, the open one among them. */
const WINDOW_BUCKETS: Record<WindowName, { ring: number; buckets: number }> = {
  '1m': { ring: 0, buckets: 6 },
  '5m': { ring: 0, buckets: 30 },
  '1h': { ring: 1, buckets: 60 },
  '24h': { ring: 2, buckets: 48 },
};

/** Where each ring begins in an array of all buckets. */
const FIRST = [0, 30, 90];

interface Track {
  clear(bucket: number): void;
}

/** The time that windows are made of: which bucket of each ring is open, and how much time it covers. */
export class Rings {
  private readonly at = [0, 0, 0];
  private readonly endsAtMs: number[];
  private readonly coveredMs = new Float64Array(BUCKETS_IN_ALL);
  private readonly tracks = new Set<Track>();

  constructor(nowMs: number, wallMs: number) {
    this.endsAtMs = RINGS.map(({ bucketMs }) => nowMs + bucketMs - (wallMs % bucketMs));
  }

  track<T extends Track>(track: T): T {
    this.tracks.add(track);
    return track;
  }

  drop(track: Track): void {
    this.tracks.delete(track);
  }

  /** So much time has gone by since this was last called; it belongs to the open buckets. */
  cover(elapsedMs: number): void {
    for (const bucket of this.open) this.coveredMs[bucket]! += elapsedMs;
  }

  /** Opens the buckets of now. */
  advance(nowMs: number): void {
    for (const [ring, { bucketMs, buckets }] of RINGS.entries()) {
      const steps = Math.floor((nowMs - this.endsAtMs[ring]!) / bucketMs) + 1;
      if (steps <= 0) continue;
      this.endsAtMs[ring]! += steps * bucketMs;
      for (let i = 0; i < Math.min(steps, buckets); i++) {
        this.at[ring] = (this.at[ring]! + 1) % buckets;
        this.clear(FIRST[ring]! + this.at[ring]!);
      }
    }
  }

  /** The open bucket of each ring, by its place in an array of all buckets. */
  get open(): readonly number[] {
    return this.at.map((at, ring) => FIRST[ring]! + at);
  }

  /** Places of the window's buckets. */
  bucketsOf(window: WindowName): number[] {
    const { ring, buckets } = WINDOW_BUCKETS[window];
    const length = RINGS[ring]!.buckets;
    const newest = this.at[ring]!;
    return Array.from({ length: buckets }, (_, back) => FIRST[ring]! + ((newest - back + length) % length));
  }

  secondsOf(window: WindowName): number {
    return this.bucketsOf(window).reduce((sum, bucket) => sum + this.coveredMs[bucket]!, 0) / 1000;
  }

  reset(): void {
    for (let bucket = 0; bucket < BUCKETS_IN_ALL; bucket++) this.clear(bucket);
  }

  get memoryBytes(): number {
    return this.coveredMs.byteLength;
  }

  private clear(bucket: number): void {
    this.coveredMs[bucket] = 0;
    for (const track of this.tracks) track.clear(bucket);
  }
}

/** Sums of some columns by bucket. */
export class CountTrack implements Track {
  private readonly sums: Float32Array | Float64Array;

  /** `exact`: whole numbers to 2^53 instead of to 2^24 and 7 digits above. */
  constructor(
    private readonly columns: number,
    exact: boolean,
  ) {
    const length = columns * BUCKETS_IN_ALL;
    this.sums = exact ? new Float64Array(length) : new Float32Array(length);
  }

  get memoryBytes(): number {
    return this.sums.byteLength;
  }

  /** Adds `columns` numbers of `deltas` from `from` on. */
  add(open: readonly number[], deltas: Float64Array, from: number): void {
    const { columns, sums } = this;
    for (const bucket of open) {
      for (let i = 0, to = bucket * columns; i < columns; i++, to++) sums[to]! += deltas[from + i]!;
    }
  }

  merge(other: CountTrack): void {
    for (let i = 0; i < this.sums.length; i++) this.sums[i]! += other.sums[i]!;
  }

  sum(buckets: readonly number[]): Float64Array {
    const { columns, sums } = this;
    const sum = new Float64Array(columns);
    for (const bucket of buckets) for (let i = 0; i < columns; i++) sum[i]! += sums[bucket * columns + i]!;
    return sum;
  }

  clear(bucket: number): void {
    this.sums.fill(0, bucket * this.columns, (bucket + 1) * this.columns);
  }
}

/** A histogram by bucket. */
export class HistogramTrack implements Track {
  private readonly counts = new Uint32Array(BUCKETS * BUCKETS_IN_ALL);
  private readonly sums = new Float64Array(BUCKETS_IN_ALL);
  private readonly isUsed = new Uint8Array(BUCKETS_IN_ALL);

  get memoryBytes(): number {
    return this.counts.byteLength + this.sums.byteLength + this.isUsed.byteLength;
  }

  add(open: readonly number[], histogram: LogHistogram): void {
    for (const bucket of open) {
      const to = bucket * BUCKETS;
      for (let i = 0; i < BUCKETS; i++) this.counts[to + i]! += histogram.counts[i]!;
      this.sums[bucket]! += histogram.sum;
      this.isUsed[bucket] = 1;
    }
  }

  sum(buckets: readonly number[]): LogHistogram {
    const sum = new LogHistogram();
    for (const bucket of buckets) {
      if (this.isUsed[bucket] === 0) continue;
      sum.mergeCounts(this.counts, bucket * BUCKETS);
      sum.sum += this.sums[bucket]!;
    }
    return sum;
  }

  clear(bucket: number): void {
    if (this.isUsed[bucket] === 0) return;
    this.counts.fill(0, bucket * BUCKETS, (bucket + 1) * BUCKETS);
    this.sums[bucket] = this.isUsed[bucket] = 0;
  }
}
