import type { Cancel, World } from '../../base/world';
import type { LogHistogram } from './log-histogram';

const EVERY_MS = 20;

/** How late the event loop is, looked at every 20 ms. */
export class LoopWatch {
  private cancel: Cancel = () => {};

  constructor(
    private readonly world: Pick<World, 'clock' | 'scheduler'>,
    private readonly histogram: LogHistogram,
  ) {}

  start(): void {
    const { clock, scheduler } = this.world;
    const dueMs = clock.fineMs() + EVERY_MS;
    this.cancel = scheduler.after(EVERY_MS, () => {
      this.histogram.addMs(clock.fineMs() - dueMs);
      this.start();
    });
  }

  stop(): void {
    this.cancel();
  }
}
