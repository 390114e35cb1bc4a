const WINDOW_MS = 1_000;
/** Fewer calls in a window say nothing of its speed. */
const CALLS_MIN = 5;
/** Slower than this many times the usual is too fast asked. */
const SLOW = 2;
const EASY = 1.5;
/** A slow second says little of what makes it slow, so capacity goes step by step, and comes back so when it is over. */
const BACK_DOWN = 0.9;
const BACK_UP = 1.1;
/** How much a window counts in what is usual. */
const WEIGHT = 0.1;
const SLOW_WEIGHT = 0.01;

/** Calls a second that a source has been seen to answer at its usual speed. */
export class Capacity {
  /** 0: not known yet. */
  perSecond = 0;
  /** What a call usually takes; 0: not known yet. */
  usualMs = 0;
  /** The most that was ever seen. */
  private best = 0;
  private windowEndsMs = 0;
  private calls = 0;
  private sumMs = 0;

  /** What an earlier process saw: it holds until the source is seen to be slower. Where something is known already, nothing. */
  resume(perSecond: number, usualMs: number): void {
    if (this.usualMs !== 0 || usualMs <= 0) return;
    this.perSecond = perSecond;
    this.best = perSecond;
    this.usualMs = usualMs;
  }

  answered(nowMs: number, tookMs: number): void {
    if (nowMs >= this.windowEndsMs) {
      if (this.calls >= CALLS_MIN) this.judge((this.calls * 1_000) / WINDOW_MS, this.sumMs / this.calls);
      this.windowEndsMs = nowMs + WINDOW_MS;
      this.calls = 0;
      this.sumMs = 0;
    }
    this.calls++;
    this.sumMs += tookMs;
  }

  private judge(rate: number, meanMs: number): void {
    if (this.usualMs === 0) this.usualMs = meanMs;
    if (meanMs <= this.usualMs * EASY) {
      this.best = Math.max(this.best, rate);
      this.perSecond = Math.max(rate, Math.min(this.best, this.perSecond * BACK_UP));
    } else if (meanMs > this.usualMs * SLOW) this.perSecond = Math.max(1, this.perSecond * BACK_DOWN);
    // What is slow only because too much was asked must not soon become the usual.
    this.usualMs += (meanMs - this.usualMs) * (meanMs <= this.usualMs * SLOW ? WEIGHT : SLOW_WEIGHT);
  }
}
