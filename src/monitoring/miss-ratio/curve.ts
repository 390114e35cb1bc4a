/** Buckets of each power of two of bytes. */
const PARTS = 32;
const POWER_MIN = 8;
const POWER_MAX = 46;
const BUCKETS = (POWER_MAX - POWER_MIN) * PARTS;

/**
 * The share of GETs that a cache of so many bytes would answer (LRU), from weighted reuse distances. 10 KB. What is added
 * fades, so that it is the curve of the last hours.
 */
export class Curve {
  private readonly weights = new Float64Array(BUCKETS);
  private never = 0;
  private known = 0;
  private unknown = 0;
  private all = 0;

  get memoryBytes(): number {
    return this.weights.byteLength;
  }

  /** GETs that it is made of, sampled ones by what they stand for. */
  get gets(): number {
    return this.known + this.never;
  }

  /** A GET that a cache of at least so many bytes answers; `weight`: what it stands for. */
  add(bytes: number, weight: number): void {
    this.weights[bucketOf(bytes)]! += weight;
    this.known += weight;
  }

  /** One that no cache can answer, however big. */
  addMiss(weight: number): void {
    this.never += weight;
  }

  /** A hit of which nothing else is known. */
  addUnknown(weight: number): void {
    this.unknown += weight;
  }

  /** All GETs there were, sampled or not. */
  count(gets: number): void {
    this.all += gets;
  }

  /** Everything so far counts this much less. */
  fade(share: number): void {
    for (let i = 0; i < BUCKETS; i++) this.weights[i]! *= share;
    this.never *= share;
    this.known *= share;
    this.unknown *= share;
    this.all *= share;
  }

  /**
   * 0 to 1; 0 if nothing is known. Where more or fewer GETs were sampled than should have been, that is due to the most
   * wanted keys, which any cache has (SHARDS-adj).
   */
  hitRateAt(bytes: number): number {
    const counted = this.known + this.never;
    if (counted <= 0 || bytes <= 0) return 0;
    const all = this.all > 0 ? Math.max(this.never, this.all - this.unknown) : counted;
    let sum = all - counted;
    const at = placeOf(bytes);
    const whole = Math.min(BUCKETS, Math.max(0, Math.floor(at)));
    for (let i = 0; i < whole; i++) sum += this.weights[i]!;
    if (whole < BUCKETS && at > 0) sum += this.weights[whole]! * (at - whole);
    return Math.max(0, Math.min(1, sum / all));
  }
}

function placeOf(bytes: number): number {
  return (Math.log2(bytes) - POWER_MIN) * PARTS;
}

function bucketOf(bytes: number): number {
  return Math.max(0, Math.min(BUCKETS - 1, Math.floor(placeOf(Math.max(1, bytes)))));
}
