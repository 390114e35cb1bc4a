import { bytesOf } from '../base/bytes';
import { CronTimes } from '../base/cron';
import { Pace } from '../base/pace';
import type { WarmTaskSpec } from '../config';
import { WarmCounts } from './counts';
import type { WarmOutcome, WarmQueue } from './queue';
import type { TaskKeys } from './task-keys';

/** Keys of one task in line at once. */
const WINDOW = 256;
/** A task that finds the memory full tries again after this. */
const FULL_PAUSE_MS = 30_000;
/** Keys offered in one look at a task. */
const FEED_STEP = 64;

/** What a run has done so far. */
export interface RunCounts {
  /** Keys that were put in line, and those of them that are done. */
  queued: number;
  done: number;
  loaded: number;
  unchanged: number;
  fresh: number;
  absent: number;
  failed: number;
  fenced: number;
  /** Keys that nothing loads, rows that make no key. */
  skipped: number;
}

const NO_COUNTS: RunCounts = {
  queued: 0,
  done: 0,
  loaded: 0,
  unchanged: 0,
  fresh: 0,
  absent: 0,
  failed: 0,
  fenced: 0,
  skipped: 0,
};

/** One run of a task: its keys through the queue. */
export class Run {
  readonly counts: RunCounts = { ...NO_COUNTS };
  /** Null until the list has answered. */
  keys: TaskKeys | null = null;
  /** The list is being asked. */
  isListing = false;
  /** Times that it could not say, in a row. */
  listFailures = 0;
  endedMs: number | undefined;
  /** Why it ended early; '' otherwise. */
  failure = '';
  /** Keys that came back without being done. */
  private readonly back: string[] = [];
  private isFed = false;
  private totalAtEnd: number | undefined;
  private readonly pace = new Pace();

  constructor(
    /** Wall clock, and clock, ms. */
    readonly startedWallMs: number,
    readonly startedMs: number,
  ) {}

  get isOver(): boolean {
    return this.endedMs !== undefined;
  }

  get isDone(): boolean {
    return this.isFed && this.counts.done === this.counts.queued;
  }

  /** Keys it is about; undefined: not known yet. */
  get total(): number | undefined {
    if (this.keys === null) return this.totalAtEnd;
    return this.keys.total ?? (this.isFed ? this.counts.queued : undefined);
  }

  end(nowMs: number, failure: string): void {
    this.totalAtEnd = this.total;
    this.keys = null;
    this.endedMs = nowMs;
    this.failure = failure;
  }

  /** How long it will take from now at its speed so far, ms; undefined: nobody knows. */
  etaMs(nowMs: number): number | undefined {
    const { total, counts } = this;
    const done = counts.done + counts.skipped;
    if (total === undefined || done === 0 || this.isOver) return undefined;
    return Math.round(((nowMs - this.startedMs) / done) * Math.max(0, total - done));
  }

  /** Puts keys in line, as many as may be. */
  feed(task: Task, queue: WarmQueue, db: number, nowMs: number): void {
    const { spec } = task;
    for (let i = 0; i < FEED_STEP && !this.isFed; i++) {
      if (this.counts.queued - this.counts.done >= WINDOW) return;
      if (spec.rate !== undefined && !this.pace.mayStep(nowMs)) return;
      const key = this.back.pop() ?? this.keys!.next();
      if (key === undefined) return;
      if (key === null) {
        this.isFed = true;
        return;
      }
      if (queue.offer(this.offerOf(task, db, key))) {
        this.counts.queued++;
        if (spec.rate !== undefined) this.pace.step(nowMs, spec.rate);
      } else if (queue.isFull) {
        this.back.push(key);
        return;
      } else this.counts.skipped++;
    }
  }

  private offerOf(task: Task, db: number, key: string) {
    const { spec } = task;
    return {
      db,
      key: bytesOf(key),
      priority: spec.priority,
      origin: 'task' as const,
      task: spec.id,
      ...(spec.ttlMs !== undefined && { ttlMs: spec.ttlMs }),
      ...(spec.tags.length > 0 && { tags: spec.tags }),
      ...(spec.force && { force: true }),
      isWanted: () => !this.isOver && !task.isPaused,
      done: (outcome: WarmOutcome) => this.keyDone(task, key, outcome),
    };
  }

  private keyDone(task: Task, key: string, outcome: WarmOutcome): void {
    const { counts } = this;
    if (outcome === 'full' || outcome === 'dropped' || outcome === 'busy') {
      counts.queued--;
      this.back.push(key);
      this.isFed = false;
      if (outcome === 'full') task.hold('memory is full', FULL_PAUSE_MS);
      return;
    }
    if (outcome === 'no-loader') {
      counts.queued--;
      counts.skipped++;
      return;
    }
    counts.done++;
    counts[outcome]++;
  }
}

/** A task and how it stands. */
export class Task {
  /** What came of it since the start of the process. */
  readonly counts = new WarmCounts();
  run: Run | null = null;
  last: Run | null = null;
  isPaused = false;
  runs = 0;
  /** Times that were due while it was running. */
  overlaps = 0;
  /** Wall clock ms of the last run that came to its end; undefined: none is known. */
  lastWallMs: number | undefined;
  /** When it runs next; clock ms for `every`, wall clock ms for `cron`. */
  dueMs: number | undefined;
  held = '';
  heldUntilMs = 0;
  private readonly cron: CronTimes | undefined;

  constructor(
    readonly spec: WarmTaskSpec,
    readonly origin: 'config' | 'command',
    private readonly now: () => number,
  ) {
    this.cron = spec.cron === undefined ? undefined : new CronTimes(spec.cron, spec.timezone);
  }

  get isCron(): boolean {
    return this.cron !== undefined;
  }

  get isScheduled(): boolean {
    return this.cron !== undefined || this.spec.everyMs !== undefined;
  }

  /** The next time after `wallMs`, wall clock ms. */
  timeAfter(wallMs: number): number | undefined {
    const { everyMs } = this.spec;
    return this.cron === undefined ? (everyMs === undefined ? undefined : wallMs + everyMs) : this.cron.after(wallMs);
  }

  /** Puts nothing in line for a while, and says why. */
  hold(why: string, ms: number): void {
    this.held = why;
    this.heldUntilMs = this.now() + ms;
  }

  get isHeld(): boolean {
    if (this.held !== '' && this.now() >= this.heldUntilMs) this.held = '';
    return this.held !== '';
  }

  /** paused | waiting | listing | running | idle */
  get state(): string {
    if (this.isPaused) return 'paused';
    if (this.run === null) return 'idle';
    if (this.isHeld) return 'waiting';
    return this.run.keys === null ? 'listing' : 'running';
  }
}
