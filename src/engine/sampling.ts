/** So that it never comes to 0. */
const NEVER = 2 ** 30;
/** Looked at before it is asked whether that was too quick. */
const BLOCK = 512;
/** A block in less than this: half as many from now on. */
const QUICK_MS = 250;
/** No block in this: twice as many. */
const SLOW_MS = 1_000;

/**
 * Which of very many are looked at closely: all while they are few, one of `oneOf` in the mean where they are more than about
 * 2,000 a second. Distances are random, so that no rhythm of the clients hides from it or is taken for all. Costs the others
 * one subtraction and comparison.
 */
export class Sampling {
  /** To the next one, it included. */
  left = NEVER;
  /** What one that is looked at stands for. */
  oneOf = 1;
  private oneOfMax = 0;
  private random: () => number = () => 0;
  private seen = 0;
  private blockAtMs = 0;

  /** `oneOfMax`: a power of two. */
  begin(oneOfMax: number, random: () => number, nowMs: number): void {
    this.oneOfMax = oneOfMax;
    this.random = random;
    this.blockAtMs = nowMs;
    this.left = this.gap() + 1;
  }

  /** One is looked at: what it stands for. Says when the next one is, at `left`, which this one is counted in. */
  next(nowMs: number): number {
    const weight = this.oneOf;
    if (this.oneOfMax === 0) {
      this.left = NEVER;
      return 0;
    }
    this.adapt(nowMs);
    this.left = this.gap() + 1;
    return weight;
  }

  private adapt(nowMs: number): void {
    const tookMs = nowMs - this.blockAtMs;
    if (++this.seen < BLOCK && tookMs < SLOW_MS) return;
    if (tookMs < QUICK_MS) this.oneOf = Math.min(this.oneOf * 2, this.oneOfMax);
    else if (tookMs >= SLOW_MS) this.oneOf = Math.max(this.oneOf / 2, 1);
    this.seen = 0;
    this.blockAtMs = nowMs;
  }

  /** 1 to 2n - 1, n in the mean. */
  private gap(): number {
    return 1 + Math.floor(this.random() * (2 * this.oneOf - 1));
  }
}
