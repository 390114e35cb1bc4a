import type { Cancel, Clock, Scheduler } from '../base/world';

const EVERY_MS = 100;
/** Rates are those of this many looks. */
const SAMPLES = 16;

/** How fast a counter grows, over the last SAMPLES looks at it. */
export class Rate {
  private readonly totals = new Float64Array(SAMPLES);
  private readonly timesMs = new Float64Array(SAMPLES);
  private count = 0;

  look(total: number, atMs: number): void {
    const last = this.totals[(this.count - 1) % SAMPLES] ?? 0;
    // It was set back to zero: what is known of before says nothing.
    if (total < last) this.count = 0;
    this.totals[this.count % SAMPLES] = total;
    this.timesMs[this.count % SAMPLES] = atMs;
    this.count++;
  }

  get perSecond(): number {
    if (this.count < 2) return 0;
    const newest = (this.count - 1) % SAMPLES;
    const oldest = this.count > SAMPLES ? this.count % SAMPLES : 0;
    const ms = this.timesMs[newest]! - this.timesMs[oldest]!;
    return ms <= 0 ? 0 : ((this.totals[newest]! - this.totals[oldest]!) / ms) * 1000;
  }
}

export interface Watched {
  commandsProcessed(): number;
  netInputBytes(): number;
  netOutputBytes(): number;
  usedBytes(): number;
  rssBytes(): number;
}

/** What must be looked at regularly: rates, peaks, and how late the event loop is. */
export class Sampler {
  readonly commands = new Rate();
  readonly input = new Rate();
  readonly output = new Rate();
  usedPeakBytes = 0;
  rssPeakBytes = 0;
  /** The latest that a look ever was. */
  loopLagMaxMs = 0;
  private cancel: Cancel = () => {};

  constructor(
    private readonly watched: Watched,
    private readonly clock: Clock,
    private readonly scheduler: Scheduler,
    private readonly late: (ms: number) => void,
  ) {}

  start(): void {
    this.look();
    const dueMs = this.clock.fineMs() + EVERY_MS;
    this.cancel = this.scheduler.after(EVERY_MS, () => {
      this.lagged(this.clock.fineMs() - dueMs);
      this.start();
    });
  }

  stop(): void {
    this.cancel();
  }

  look(): void {
    const { watched } = this;
    const atMs = this.clock.fineMs();
    this.commands.look(watched.commandsProcessed(), atMs);
    this.input.look(watched.netInputBytes(), atMs);
    this.output.look(watched.netOutputBytes(), atMs);
    this.peaks();
  }

  peaks(): void {
    this.usedPeakBytes = Math.max(this.usedPeakBytes, this.watched.usedBytes());
    this.rssPeakBytes = Math.max(this.rssPeakBytes, this.watched.rssBytes());
  }

  reset(): void {
    this.usedPeakBytes = this.rssPeakBytes = this.loopLagMaxMs = 0;
    this.peaks();
  }

  private lagged(ms: number): void {
    this.loopLagMaxMs = Math.max(this.loopLagMaxMs, ms);
    this.late(ms);
  }
}
