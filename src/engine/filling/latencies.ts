/** Eight steps to each doubling, from 1/16 ms to about 70 minutes. */
const STEPS_PER_DOUBLING = 8;
const LOWEST_MS = 1 / 16;
const STEPS = 26 * STEPS_PER_DOUBLING;
/** Then everything is halved, so that the newest count most. */
const CALLS_MAX = 10_000;

/** How long calls took, by steps of 9 %. */
export class Latencies {
  private readonly counts = new Float64Array(STEPS);
  private total = 0;
  private sumMs = 0;
  private calls = 0;

  add(ms: number): void {
    const step = Math.floor(Math.log2(Math.max(ms, LOWEST_MS) / LOWEST_MS) * STEPS_PER_DOUBLING);
    this.counts[Math.min(step, STEPS - 1)]!++;
    this.sumMs += ms;
    this.calls++;
    if (++this.total < CALLS_MAX) return;
    this.total = 0;
    for (let i = 0; i < STEPS; i++) this.total += this.counts[i] = this.counts[i]! / 2;
  }

  /** Upper end of the step that holds this share of the calls; 0 without any. */
  percentileMs(share: number): number {
    let left = this.total * share;
    if (this.total === 0) return 0;
    for (let i = 0; i < STEPS; i++) {
      left -= this.counts[i]!;
      if (left <= 0) return LOWEST_MS * 2 ** ((i + 1) / STEPS_PER_DOUBLING);
    }
    return LOWEST_MS * 2 ** (STEPS / STEPS_PER_DOUBLING);
  }

  get meanMs(): number {
    return this.calls === 0 ? 0 : this.sumMs / this.calls;
  }
}
