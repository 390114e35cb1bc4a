const WINDOW_MS = 1_000;
/** Fewer calls in a window say nothing of its speed. */
const CALLS_MIN = 5;
/** Slower than this many times the usual is too fast asked. */
const SLOW = 2;
const EASY = 1.5;
const BACK_DOWN = 0.9;
/** How much a window counts in what is usual. */
const WEIGHT = 0.1;
const SLOW_WEIGHT = 0.01;

/** Calls a second that a source has been seen to answer at its usual speed. */
export class Capacity {
  /** 0: not known yet. */
  perSecond = 0;
  private usualMs = 0;
  private windowEndsMs = 0;
  private calls = 0;
  private sumMs = 0;

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
    if (meanMs <= this.usualMs * EASY) this.perSecond = Math.max(this.perSecond, rate);
    else if (meanMs > this.usualMs * SLOW && this.perSecond > 0)
      this.perSecond = Math.max(1, Math.min(this.perSecond, rate) * BACK_DOWN);
    // What is slow only because too much was asked must not soon become the usual.
    this.usualMs += (meanMs - this.usualMs) * (meanMs <= this.usualMs * SLOW ? WEIGHT : SLOW_WEIGHT);
  }
}
