import { Fault } from '../base/fault';
import type { World } from '../base/world';

export interface GatherLimits {
  /** Invalidations are gathered for so long, ms; 0: not at all. */
  readonly windowMs: number;
  /** Invalidations waiting in one window. */
  readonly queueMax: number;
}

/**
 * Invalidations of many clients, applied together: in the order in which they came, without anything between them, so that
 * they share an epoch and, at the end of the turn, a commit. Each is answered with its own count.
 */
export class Gathering {
  private readonly waiting: (() => void)[] = [];
  /** On while commands of an EXEC run: what waits is applied before theirs, and theirs at once. */
  atOnce = false;

  constructor(
    private readonly world: World,
    private readonly limits: GatherLimits,
  ) {}

  /** `apply` now without a window; with one, when it closes. Throws Fault when too many wait. */
  gather<T>(apply: () => T | Promise<T>): T | Promise<T> {
    const { windowMs, queueMax } = this.limits;
    if (this.atOnce) {
      this.close();
      return apply();
    }
    // What came while there was a window goes first.
    if (windowMs === 0 && this.waiting.length === 0) return apply();
    if (this.waiting.length >= queueMax) {
      throw new Fault(`ERR too many invalidations wait (limit invalidate-queue-max ${queueMax})`);
    }
    return new Promise<T>((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(apply());
        } catch (failure) {
          reject(failure);
        }
      });
      if (this.waiting.length === 1) this.world.scheduler.after(windowMs, () => this.close());
    });
  }

  get length(): number {
    return this.waiting.length;
  }

  /** Applies all that waits. */
  close(): void {
    if (this.waiting.length === 0) return;
    this.world.clock.refresh();
    for (const apply of this.waiting.splice(0)) apply();
  }
}
