import type { Clock, Scheduler } from '../base/world';

/** A slice of background work when nobody is being served, and when somebody is. */
const SLICE_IDLE_MS = 1;
const SLICE_BUSY_MS = 0.25;
/** How often work that is due by time (expiry, write-behind) is looked for. */
const TICK_MS = 10;

/** Works until `enough()` says so; true if there is more to do at once. */
export type Task = (enough: () => boolean) => boolean;

/**
 * Work that can wait, in slices between turns of the loop: expiry, reclaim after invalidations, sweeps, write-behind. A
 * task that has more is called again in the next turn; all tasks are called every TICK_MS.
 */
export class Background {
  private readonly tasks: { name: string; run: Task; eager: boolean }[] = [];
  private scheduled = false;
  private stopped = false;
  private endsAtMs = 0;
  private commandsSeen = 0;
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
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    this.scheduler.soon(this.slice);
  }

  private run(): void {
    this.scheduled = false;
    if (this.stopped) return;
    const began = this.clock.fineMs();
    const served = this.commandsServed();
    const budgetMs = served === this.commandsSeen ? SLICE_IDLE_MS : SLICE_BUSY_MS;
    this.commandsSeen = served;
    this.endsAtMs = began + budgetMs;
    let more = false;
    for (const task of this.tasks) {
      if (!task.eager) continue;
      task.eager = task.run(this.enough);
      more ||= task.eager;
    }
    this.rotate();
    this.worstSliceMs = Math.max(this.worstSliceMs, this.clock.fineMs() - began);
    if (more) this.wakeAgain();
  }

  private wakeAgain(): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    this.scheduler.soon(this.slice);
  }

  /** So that no task starves the ones after it. */
  private rotate(): void {
    const first = this.tasks.shift();
    if (first !== undefined) this.tasks.push(first);
  }
}
