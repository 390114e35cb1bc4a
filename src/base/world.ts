/**
 * Everything that is not decided here: time, chance, and turns of the event loop. Given, never reached for, so that a
 * test can hold the clock and a simulation can be replayed from its seed.
 */
export interface Clock {
  /**
   * Milliseconds, whole, never going back: wall time when the process started plus what a monotonic clock counted since.
   * Frozen between two calls of `refresh`, so that one command sees one moment.
   */
  readonly now: number;
  /** Reads the monotonic clock anew and returns `now`. */
  refresh(): number;
  /** A fine monotonic reading in milliseconds with fractions, for measuring how long something took. */
  fineMs(): number;
  /** Wall-clock milliseconds minus `now`; moves when somebody sets the machine's clock. */
  readonly wallOffsetMs: number;
}

/** Cancels what was scheduled; harmless afterwards. */
export type Cancel = () => void;

export interface Scheduler {
  /** Once, not before `delayMs`. Delays above 2^31-1 ms are held back, not fired at once. */
  after(delayMs: number, run: () => void): Cancel;
  /** In the check phase of this turn of the event loop. */
  soon(run: () => void): Cancel;
}

/** A logger's smallest face; pino fits it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface World {
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  /** Uniform in [0, 1). */
  random(): number;
}
