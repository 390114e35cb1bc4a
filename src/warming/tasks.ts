import { Fault } from '../base/fault';
import { TemplateError } from '../base/patterns/text-template';
import type { World } from '../base/world';
import { checkWarmTask, type WarmKnown, type WarmTaskSpec } from '../config';
import { Run, Task } from './task';
import type { TaskStore } from './task-store';

/** What is kept of runs is written at most so often. */
const SAVE_MS = 1_000;
/** The start of a run is spread over this share of `every` at most. */
const JITTER_SHARE = 0.1;

export interface TasksParts {
  world: World;
  config: readonly WarmTaskSpec[];
  known: WarmKnown;
  /** `warm-tasks-max`, those of the configuration too. */
  tasksMax(): number;
  /** `warm-jitter`: the start of a run is put off by so much at most, ms. */
  jitterMs(): number;
}

/** All tasks: which there are, which are paused, and which are due. */
export class Tasks {
  isPaused = false;
  private readonly tasks = new Map<string, Task>();
  /** Those with a run under way, the highest priority first. */
  private active: Task[] = [];
  private store: TaskStore | null = null;
  private isChanged = false;
  private savedMs = 0;

  constructor(private readonly parts: TasksParts) {
    for (const spec of parts.config) this.put(spec, 'config');
  }

  /** Takes over what an earlier process kept, and begins the schedule. */
  async open(store: TaskStore): Promise<void> {
    const { log } = this.parts.world;
    const { specs, states } = await store.load((note) => log.warn({ note }, 'a note of warming cannot be read'));
    this.store = store;
    this.isPaused = states.isPaused;
    for (const spec of specs) this.takeOver(spec);
    for (const task of this.tasks.values()) {
      task.isPaused = states.paused.includes(task.spec.id);
      task.lastWallMs = states.last.get(task.spec.id);
      this.schedule(task, task.spec.onStart);
    }
  }

  get count(): number {
    return this.tasks.size;
  }

  list(): Task[] {
    return [...this.tasks.values()];
  }

  get running(): readonly Task[] {
    return this.active;
  }

  find(id: string): Task | undefined {
    return this.tasks.get(id);
  }

  /** Throws Fault where there is none. */
  at(id: string): Task {
    const task = this.tasks.get(id);
    if (task === undefined) throw new Fault(`ERR there is no task '${printable(id)}'`);
    return task;
  }

  /** A client's task, instead of the one with its id. Throws Fault. */
  add(spec: WarmTaskSpec): void {
    const old = this.tasks.get(spec.id);
    if (old?.origin === 'config') throw new Fault(`ERR the task '${spec.id}' belongs to the configuration`);
    if (old === undefined && this.tasks.size >= this.parts.tasksMax())
      throw new Fault('ERR there are too many tasks (warm-tasks-max)');
    try {
      checkWarmTask(spec, this.parts.known);
    } catch (error) {
      throw error instanceof TemplateError ? new Fault(`ERR ${error.message}`) : error;
    }
    if (this.store?.save(spec) === false) throw new Fault('ERR there is no room on disk for this task');
    if (old !== undefined) this.remove(old);
    this.schedule(this.put(spec, 'command'), spec.onStart);
    this.changed();
  }

  /** False where there is none. Throws Fault for one of the configuration. */
  delete(id: string): boolean {
    const task = this.tasks.get(id);
    if (task === undefined) return false;
    if (task.origin === 'config') throw new Fault(`ERR the task '${id}' belongs to the configuration`);
    this.remove(task);
    this.store?.delete(id);
    this.changed();
    return true;
  }

  /** Begins a run now; false: one is under way. */
  run(task: Task): boolean {
    if (task.run !== null) return false;
    this.begin(task);
    return true;
  }

  /** Of one task, or of all warming; kept over a restart. */
  pause(task: Task | null, isPaused: boolean): void {
    if (task === null) this.isPaused = isPaused;
    else task.isPaused = isPaused;
    this.changed();
    this.save();
  }

  /** Begins what is due, keeps what changed. */
  tick(): void {
    const { clock } = this.parts.world;
    for (const task of this.tasks.values()) {
      if (task.dueMs === undefined || task.dueMs > (task.isCron ? wallOf(clock) : clock.now)) continue;
      if (task.run === null && !task.isPaused && !this.isPaused) this.begin(task);
      else if (task.run !== null) {
        task.overlaps++;
        this.schedule(task, false);
      }
    }
    if (this.isChanged && clock.now - this.savedMs >= SAVE_MS) this.save();
  }

  /** The run is over; `failure` says why, if it came to no end. */
  ended(task: Task, failure = ''): void {
    const { run } = task;
    if (run === null) return;
    run.end(this.parts.world.clock.now, failure);
    task.last = run;
    task.run = null;
    this.active = this.active.filter((each) => each !== task);
    if (failure !== '') return;
    task.lastWallMs = run.startedWallMs;
    this.changed();
  }

  /** Told anew to an empty disk. */
  saveAll(): void {
    for (const { spec, origin } of this.tasks.values()) if (origin === 'command') this.store?.save(spec);
    this.save();
  }

  /** At the end of the process. */
  close(): void {
    if (this.isChanged) this.save();
  }

  private put(spec: WarmTaskSpec, origin: 'config' | 'command'): Task {
    const { clock } = this.parts.world;
    const task = new Task(spec, origin, () => clock.now);
    this.tasks.set(spec.id, task);
    return task;
  }

  /** One that the configuration has taken over, or no longer allows, is let go. */
  private takeOver(spec: WarmTaskSpec): void {
    if (this.tasks.has(spec.id)) return;
    try {
      checkWarmTask(spec, this.parts.known);
      this.put(spec, 'command');
    } catch (error) {
      this.parts.world.log.warn(
        { task: spec.id, reason: (error as Error).message },
        'a warming task does not fit any more',
      );
    }
  }

  private remove(task: Task): void {
    this.ended(task, 'deleted');
    this.tasks.delete(task.spec.id);
  }

  private begin(task: Task): void {
    const { clock } = this.parts.world;
    task.run = new Run(wallOf(clock), clock.now);
    task.runs++;
    task.dueMs = undefined;
    this.active = [...this.active, task].sort((a, b) => b.spec.priority - a.spec.priority);
    if (task.isScheduled) this.schedule(task, false);
  }

  /**
   * Sets the next time. `every` counts from the beginning of the last run (of this one, while one is under way), or from
   * now where none is known; what was missed while nobody was there is made up for by one run, at once.
   */
  private schedule(task: Task, atOnce: boolean): void {
    const { clock } = this.parts.world;
    const wallMs = wallOf(clock);
    const began = task.run?.startedWallMs ?? task.lastWallMs;
    let due = atOnce ? wallMs : task.timeAfter(Math.min(began ?? wallMs, wallMs));
    if (due === undefined) {
      task.dueMs = undefined;
      return;
    }
    if (task.run !== null && due <= wallMs) due = task.timeAfter(wallMs) ?? due;
    const dueWallMs = Math.max(due, wallMs) + this.jitter(task);
    task.dueMs = task.isCron ? dueWallMs : clock.now + dueWallMs - wallMs;
  }

  /** So that many tasks do not begin in the same second. */
  private jitter({ spec }: Task): number {
    const spreadMs = Math.min(this.parts.jitterMs(), (spec.everyMs ?? Number.POSITIVE_INFINITY) * JITTER_SHARE);
    return Math.floor(spreadMs * this.parts.world.random());
  }

  private changed(): void {
    this.isChanged = true;
  }

  private save(): void {
    this.isChanged = false;
    this.savedMs = this.parts.world.clock.now;
    const tasks = this.list();
    const known = tasks.filter(({ lastWallMs }) => lastWallMs !== undefined);
    this.store?.saveStates({
      isPaused: this.isPaused,
      paused: tasks.filter(({ isPaused }) => isPaused).map(({ spec }) => spec.id),
      last: new Map(known.map(({ spec, lastWallMs }) => [spec.id, lastWallMs!])),
    });
  }
}

function wallOf({ now, wallOffsetMs }: World['clock']): number {
  return now + wallOffsetMs;
}

function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]/g, '?').slice(0, 64);
}
