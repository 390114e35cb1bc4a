import type { Bytes } from '../base/bytes';
import type { World } from '../base/world';
import type { WarmKnown, WarmTaskSpec } from '../config';
import type { Background } from '../engine/background';
import type { Notes } from '../engine/rule-store';
import type { ListSource } from '../loaders';
import { Budget, type BudgetLimits } from './budget';
import type { WarmHouse } from './house';
import { Lister } from './lister';
import { Meter } from './meter';
import { COMMAND_PRIORITY, WarmQueue } from './queue';
import { type WarmReport, warmReport } from './report';
import type { Task } from './task';
import type { RowTemplate } from './task-keys';
import { TaskStore } from './task-store';
import { Tasks } from './tasks';

/** Settings, read anew each time. */
export interface WarmLimits extends BudgetLimits {
  /** Keys in line. */
  readonly queueMax: number;
  readonly tasksMax: number;
  /** Rows of a list. */
  readonly listMax: number;
  readonly jitterMs: number;
  /** Of a list. */
  readonly deadlineMs: number;
}

export interface WarmingParts {
  world: World;
  house: WarmHouse;
  background: Pick<Background, 'add' | 'wake'>;
  limits: WarmLimits;
  /** Tasks of the configuration, and what tasks may name. */
  tasks: readonly WarmTaskSpec[];
  known: WarmKnown;
  lists: ReadonlyMap<string, ListSource>;
  template(match: string): RowTemplate | undefined;
}

/** How often is looked for what is due. */
const TICK_MS = 50;
const WORK = 'warming';

/** All that fills the cache before it is asked: tasks, WARM, and whoever else offers keys; one line, one budget. */
export class Warming {
  readonly queue: WarmQueue;
  readonly budget: Budget;
  readonly tasks: Tasks;
  readonly meter: Meter;
  private readonly lister: Lister;
  private isOpen = false;
  private tickedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: WarmingParts) {
    const { world, house, limits, background } = parts;
    const sourceOf = (key: string) => house.sourceOf(key);
    this.queue = new WarmQueue({ keysMax: () => limits.queueMax, sourceOf });
    this.budget = new Budget(this.queue, house, world, limits);
    this.tasks = new Tasks({
      world,
      config: parts.tasks,
      known: parts.known,
      tasksMax: () => limits.tasksMax,
      jitterMs: () => limits.jitterMs,
    });
    this.meter = new Meter(house, (task) => this.tasks.find(task)?.counts);
    this.lister = new Lister({
      world,
      house,
      budget: this.budget,
      lists: parts.lists,
      template: (match) => parts.template(match),
      rowsMax: () => limits.listMax,
      deadlineMs: () => limits.deadlineMs,
    });
    this.queue.onQueued = (offer) => this.meter.queued(offer);
    this.queue.onOffer = () => background.wake(WORK);
    this.budget.onBegin = (item) => this.meter.begins(item);
    this.budget.onEnded = (item, outcome, tookMs) => {
      this.meter.ended(item, outcome, tookMs);
      for (const done of item.done) done(outcome);
      background.wake(WORK);
    };
    background.add(WORK, (enough) => this.slice(enough));
  }

  get limits(): WarmLimits {
    return this.parts.limits;
  }

  /** Takes over what an earlier process kept, and begins. Null: there is no disk layer. */
  async open(notes: Notes | null): Promise<void> {
    await this.tasks.open(new TaskStore(notes));
    this.budget.isPaused = this.tasks.isPaused;
    this.isOpen = true;
  }

  close(): void {
    if (this.isOpen) this.tasks.close();
    this.isOpen = false;
  }

  /** WARM: keys before everything else; how many are in line. `db` is logical. */
  warmKeys(db: number, keys: readonly Bytes[]): number {
    const physical = this.parts.house.physicalOf(db);
    const offered = (key: Bytes) =>
      this.queue.offer({ db: physical, key, priority: COMMAND_PRIORITY, origin: 'command' });
    return keys.filter(offered).length;
  }

  /** STATS warm. */
  report(): WarmReport {
    return warmReport(this);
  }

  /** STATS RESET: of all and of each task. */
  reset(): void {
    this.meter.reset();
    for (const { counts } of this.tasks.list()) counts.reset();
  }

  /** Begins a run of a task now; false: one is under way. Throws Fault where there is no such task. */
  run(id: string): boolean {
    const begins = this.tasks.run(this.tasks.at(id));
    this.parts.background.wake(WORK);
    return begins;
  }

  /** PAUSE and RESUME: of one task, or of all warming. */
  pause(task: Task | null, isPaused: boolean): void {
    this.tasks.pause(task, isPaused);
    this.budget.isPaused = this.tasks.isPaused;
    this.parts.background.wake(WORK);
  }

  private slice(enough: () => boolean): boolean {
    if (!this.isOpen) return false;
    const { now } = this.parts.world.clock;
    if (now - this.tickedMs >= TICK_MS) {
      this.tickedMs = now;
      this.tasks.tick();
    }
    this.meter.watched.step();
    for (const task of this.tasks.running) {
      if (enough()) break;
      this.step(task);
    }
    return this.budget.slice(enough);
  }

  private step(task: Task): void {
    const { run } = task;
    if (run === null || task.isPaused || this.tasks.isPaused || task.isHeld) return;
    if (run.keys === null) this.lister.open(task, run);
    if (run.keys === null) return;
    run.feed(task, this.queue, this.parts.house.physicalOf(task.spec.db), this.parts.world.clock.now);
    if (run.isDone) this.tasks.ended(task);
  }
}
