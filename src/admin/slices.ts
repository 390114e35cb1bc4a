import type { World } from '../base/world';
import { SLICE_MS } from './limits';

/** Lets others run once a slice is used up. */
export class Slices {
  private beganMs: number;

  constructor(private readonly world: Pick<World, 'clock' | 'scheduler'>) {
    this.beganMs = world.clock.fineMs();
  }

  get isOver(): boolean {
    return this.world.clock.fineMs() - this.beganMs > SLICE_MS;
  }

  async pause(): Promise<void> {
    if (this.isOver) await this.turn();
  }

  /** The next turn of the event loop: before and after what may take a slice by itself. */
  async turn(): Promise<void> {
    await new Promise<void>((done) => this.world.scheduler.soon(done));
    this.beganMs = this.world.clock.fineMs();
  }
}
