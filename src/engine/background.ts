import type { Clock, Scheduler } from '../base/world';

/** A slice of background work when nobody is being served, and when somebody is. */
const SLICE_IDLE_MS = 1;
const SLICE_BUSY_MS = 0.25;
/** Somebody is being served as long as the last command is no older than this. */
const SERVED_WITHIN_MS = 20;
/** Between two slices while somebody is being served: the work takes a fifth of the loop, and leaves the core to others. */
const REST_MS = 1;
/** How often work that is due by time (expiry, write-behind) is looked for. */
const TICK_MS = 10;

/** Works until `enough()` says so; true if there is more to do at once. */
export type Task = (enough: () => boolean) => boolean;

/**
 * Work that can wait, in slices between turns of the loop: expiry, reclaim after invalidations, sweeps, write-behind. A
 * task that has more is called again in the next turn, or after a rest while somebody is being served, unless somebody
 * waits for it; all tasks are called every TICK_MS.
 */
export class Background {
  private readonly tasks: { name: string; run: Task; eager: boolean }[] = [];
  private scheduled = false;
  private stopped = false;
  private endsAtMs = 0;
  private commandsSeen = 0;
  private servedAtMs = Number.NEGATIVE_INFINITY;
  private isResting = false;
  /** Somebody waits for the work to be done: no rests. */
  isAwaited: () => boolean = () => false;
  /** Longest slice seen, ms. */
  worstSliceMs = 0;
  private readonly enough = () => this.clock.fineMs() >= this.endsAtMs;
  private readonly slice = () => this.run();

  constructor(
    private readonly clock: Clock,
    private readonly scheduler: Scheduler,
    /** Grows with every command served: tells whether a slice would keep somebody waiting. */
    private readonly commandsServed: () => number,
  ) {}

  add(name: string, run: Task): void {
    this.tasks.push({ name, run, eager: false });
  }

  start(): void {
    const tick = () => {
      if (this.stopped) return;
      this.clock.refresh();
      for (const task of this.tasks) task.eager = true;
      this.wake();
      this.scheduler.after(TICK_MS, tick);
    };
    tick();
  }

  stop(): void {
    this.stopped = true;
  }

  /** There is work for `name` (for all, without a name): begin in this turn's check phase. */
  wake(name?: string): void {
    for (const task of this.tasks) if (name === undefined || task.name === name) task.eager = true;
    if (!this.isResting || this.isAwaited()) this.soon();
  }

  /**
   * For work that is not a task, between two of its steps: a rest while somebody is being served, else the next turn of the
   * loop.
   */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isServing(this.clock.fineMs())) this.scheduler.after(REST_MS, resolve);
      else this.scheduler.soon(resolve);
    });
  }

  private run(): void {
    this.scheduled = false;
    if (this.stopped) return;
    const began = this.clock.fineMs();
    const isServing = this.isServing(began);
    this.endsAtMs = began + (isServing ? SLICE_BUSY_MS : SLICE_IDLE_MS);
    let more = false;
    for (const task of this.tasks) {
      if (!task.eager) continue;
      task.eager = task.run(this.enough);
      more ||= task.eager;
    }
    this.rotate();
    this.worstSliceMs = Math.max(this.worstSliceMs, this.clock.fineMs() - began);
    if (!more) return;
    if (isServing && !this.isAwaited()) this.rest();
    else this.soon();
  }

  private isServing(nowMs: number): boolean {
    const served = this.commandsServed();
    if (served !== this.commandsSeen) this.servedAtMs = nowMs;
    this.commandsSeen = served;
    return nowMs - this.servedAtMs <= SERVED_WITHIN_MS;
  }

  private soon(): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    this.scheduler.soon(this.slice);
  }

  private rest(): void {
    if (this.isResting) return;
    this.isResting = true;
    this.scheduler.after(REST_MS, () => {
      this.isResting = false;
      this.soon();
    });
  }

  /** So that no task starves the ones after it. */
  private rotate(): void {
    const first = this.tasks.shift();
    if (first !== undefined) this.tasks.push(first);
  }
}
