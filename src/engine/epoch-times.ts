/** Moments remembered before they are thinned: about 1,600 are left of four months. */
const MOMENTS_MAX = 4096;
/** A moment that is as long ago as this is known to one part of it: an age is right within 1 %. */
const COARSENESS = 128;

/**
 * When epochs ended, so that the age of a value is known from the epoch of its fill without a word more in its record. As
 * long as a new epoch is noted within a second of a fill, that is as exact; of older ones within 1 % of the age.
 */
export class EpochTimes {
  private epochs: number[] = [];
  private times: number[] = [];

  /** It is now `wallMs`, and the epoch is this; told about once a second. */
  note(epoch: number, wallMs: number): void {
    if (epoch <= (this.epochs.at(-1) ?? -1)) return;
    this.epochs.push(epoch);
    this.times.push(wallMs);
    if (this.epochs.length > MOMENTS_MAX) this.thin();
  }

  /** What was filled at the epoch was there by then, wall clock ms; undefined: only just. */
  endOf(epoch: number): number | undefined {
    let low = 0;
    let high = this.epochs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.epochs[middle]! <= epoch) low = middle + 1;
      else high = middle;
    }
    return this.times[low];
  }

  saved(): [epoch: number, wallMs: number][] {
    return this.epochs.map((epoch, i) => [epoch, this.times[i]!]);
  }

  /** Of moments nearer to each other than their age allows, the later one stays. */
  private thin(): void {
    const now = this.times.at(-1)!;
    let kept = Number.POSITIVE_INFINITY;
    const keep = new Uint8Array(this.times.length);
    for (let i = keep.length - 1; i >= 0; i--) {
      const at = this.times[i]!;
      if (kept - at < (now - at) / COARSENESS) continue;
      keep[i] = 1;
      kept = at;
    }
    this.epochs = this.epochs.filter((_, i) => keep[i] === 1);
    this.times = this.times.filter((_, i) => keep[i] === 1);
  }
}
