import { performance } from 'node:perf_hooks';
import type { Cancel, Clock, Log, Scheduler, World } from './world';

/** Node's timers fire at once above this. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** The wall clock is compared with the monotonic one this often; a smaller difference is left alone. */
const WALL_CHECK_MS = 1000;
const WALL_DRIFT_MS = 20;

/** The machine's time. */
class SystemClock implements Clock {
  now: number;
  wallOffsetMs = 0;
  private readonly startMs = Math.floor(performance.timeOrigin);
  private wallCheckedMs: number;

  constructor() {
    this.now = this.startMs + Math.floor(performance.now());
    this.wallCheckedMs = this.now;
    this.wallOffsetMs = Date.now() - this.now;
  }

  refresh(): number {
    this.now = this.startMs + Math.floor(performance.now());
    if (this.now - this.wallCheckedMs >= WALL_CHECK_MS) this.checkWall();
    return this.now;
  }

  fineMs(): number {
    return performance.now();
  }

  private checkWall(): void {
    this.wallCheckedMs = this.now;
    const offset = Date.now() - this.now;
    if (Math.abs(offset - this.wallOffsetMs) > WALL_DRIFT_MS) this.wallOffsetMs = offset;
  }
}

class SystemScheduler implements Scheduler {
  after(delayMs: number, run: () => void): Cancel {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      timer = setTimeout(
        () => (leftMs > TIMEOUT_MS_MAX ? arm(leftMs - TIMEOUT_MS_MAX) : run()),
        Math.min(leftMs, TIMEOUT_MS_MAX),
      );
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  }

  soon(run: () => void): Cancel {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
}

export function systemWorld(log: Log): World {
  return { clock: new SystemClock(), scheduler: new SystemScheduler(), log, random: Math.random };
}
