import type { Checker } from './checker';
import { LOADED_KINDS } from './key-space';
import { sleep } from './origin';
import type { Popularity } from './readers';
import type { Subject } from './subject';

export const FAULTS = ['kill', 'stop', 'slow', 'fail', 'full', 'storm'] as const;
export type FaultName = (typeof FAULTS)[number];

const STOP_MS_MAX = 400;
const STORM_MS = 60;

/** Things go wrong, one after another or together, until the checker is over. */
export class Faults {
  readonly seen: Partial<Record<FaultName, number>> = {};
  constructor(
    private readonly checker: Checker,
    private readonly subject: Subject,
    private readonly popularity: Popularity,
    private readonly wanted: ReadonlySet<FaultName>,
    private readonly killEveryMs: number,
  ) {}

  run(): Promise<unknown> {
    const { wanted, subject } = this;
    const loops: Promise<void>[] = [];
    if (wanted.has('kill')) loops.push(this.every(this.killEveryMs, () => this.kill()));
    if (wanted.has('stop') && subject.freeze) loops.push(this.every(1_700, () => this.stop()));
    if (wanted.has('slow')) loops.push(this.every(2_300, () => this.slow()));
    if (wanted.has('fail')) loops.push(this.every(3_100, () => this.fail()));
    if (wanted.has('full') && subject.fillDisk) loops.push(this.every(9_000, () => this.full()));
    if (wanted.has('storm')) loops.push(this.every(400, () => this.storm()));
    return Promise.all(loops);
  }

  /** Every so often on average; the first time after that. */
  private async every(periodMs: number, fault: () => Promise<void>): Promise<void> {
    const { checker } = this;
    for (;;) {
      await this.rest(periodMs * (0.5 + checker.random()));
      if (checker.over) return;
      await fault();
    }
  }

  /** Sleeps, and ends early when all is over. */
  private async rest(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (!this.checker.over && performance.now() < until) await sleep(Math.min(100, until - performance.now()));
  }

  private note(fault: FaultName): void {
    this.seen[fault] = (this.seen[fault] ?? 0) + 1;
  }

  private async kill(): Promise<void> {
    this.note('kill');
    await this.checker.killAndStart(this.subject);
  }

  private async stop(): Promise<void> {
    this.note('stop');
    this.subject.freeze!();
    await this.rest(this.checker.random() * STOP_MS_MAX);
    this.subject.thaw!();
  }

  private async slow(): Promise<void> {
    const { origin, random } = this.checker;
    this.note('slow');
    origin.mood = { ...origin.mood, delayMs: 100 + random() * 700 };
    await this.rest(300 + random() * 500);
    origin.mood = { ...origin.mood, delayMs: origin.well.delayMs };
  }

  private async fail(): Promise<void> {
    const { origin, random } = this.checker;
    this.note('fail');
    origin.mood = { ...origin.mood, failing: 0.2 + random() * 0.8 };
    await this.rest(200 + random() * 600);
    origin.mood = { ...origin.mood, failing: 0 };
  }

  /** From the first full disk on, an invalidation may be answered with an error; a value may never be old. */
  private async full(): Promise<void> {
    const { checker, subject } = this;
    this.note('full');
    checker.diskTrouble = true;
    checker.book.hadDiskFault = true;
    checker.book.noteAll('disk full');
    subject.fillDisk!();
    await this.rest(500 + checker.random() * 1_500);
    subject.freeDisk!();
    checker.book.noteAll('disk has room again');
  }

  /** Everybody wants one key, which is being invalidated again and again. */
  private async storm(): Promise<void> {
    const { checker, popularity } = this;
    const key = checker.random() < 0.3 ? popularity.hottest : popularity.draw();
    if (!LOADED_KINDS.has(checker.book.space.keys[key]!.kind)) return;
    this.note('storm');
    checker.storm = key;
    await this.rest(STORM_MS);
    checker.storm = -1;
  }
}
