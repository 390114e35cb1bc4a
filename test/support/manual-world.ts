import type { Cancel, Clock, Log, Scheduler, World } from '../../src/base/world';

/** Time that only moves when a test moves it. */
export class ManualClock implements Clock {
  now = 1_700_000_000_000;
  wallOffsetMs = 0;
  /** Each fine reading is a little later, so that work in slices comes to its slice's end. */
  private fine = 0;

  refresh(): number {
    return this.now;
  }

  fineMs(): number {
    this.fine += 0.001;
    return this.now + this.fine;
  }
}

interface Timer {
  at: number;
  run: () => void;
}

/** Turns and timers that only come when a test lets them. */
export class ManualScheduler implements Scheduler {
  private turns: { run: () => void }[] = [];
  private timers: Timer[] = [];

  constructor(private readonly clock: ManualClock) {}

  after(delayMs: number, run: () => void): Cancel {
    const timer = { at: this.clock.now + delayMs, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  soon(run: () => void): Cancel {
    const turn = { run };
    this.turns.push(turn);
    return () => {
      this.turns = this.turns.filter((each) => each !== turn);
    };
  }

  /** Everything that was scheduled is off, as when the process dies. */
  clear(): void {
    this.turns = [];
    this.timers = [];
  }

  get pendingTurns(): number {
    return this.turns.length;
  }

  /** One turn of the loop: everything scheduled for it so far. */
  turn(): void {
    for (const { run } of this.turns.splice(0)) run();
  }

  /** Turns until nothing is scheduled for the next one. Throws if that never comes. */
  settle(turnsMax = 100_000): void {
    for (let turns = 0; this.turns.length > 0; turns++) {
      if (turns > turnsMax) throw new Error('the world does not settle');
      this.turn();
    }
  }

  /** Moves time on; timers run at their moments, in order. */
  advance(ms: number): void {
    const until = this.clock.now + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.clock.now = Math.max(this.clock.now, due.at);
      due.run();
    }
    this.clock.now = until;
  }
}

/** mulberry32: small, seeded, good enough for tests. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface ManualWorld extends World {
  clock: ManualClock;
  scheduler: ManualScheduler;
}

export function manualWorld(seed = 1): ManualWorld {
  const clock = new ManualClock();
  return { clock, scheduler: new ManualScheduler(clock), log: SILENT_LOG, random: seededRandom(seed) };
}
