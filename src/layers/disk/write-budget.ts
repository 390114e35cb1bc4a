export interface WriteBudgetOptions {
  readonly rowsPerSecondMax: number;
  readonly rowsPerSecondMin: number;
  readonly bytesPerSecondMax: number;
}

/** What may be written now. */
export interface Allowance {
  rows: number;
  bytes: number;
}

const IDLE_UTILIZATION = 0.1;
const SATURATED_UTILIZATION = 0.6;
/** The rate falls at once and rises by this factor a sample, so that one quiet moment does not let a flood through. */
const RISE = 1.25;
/** Unused allowance is kept for this long, so that a flush that comes late loses nothing and bursts stay short. */
const BURST_MS = 100;

/**
 * How many rows a flush may take, so that the disk never takes the CPU that serves requests: the full rate while the event
 * loop is nearly idle, the least rate long before it is saturated, in between on a geometric line. A loop that serves at
 * all shares its machine with the clients that it serves.
 */
export class WriteBudget {
  /** Rows a second now. */
  rate: number;
  private rows = 0;
  private bytes = 0;
  private lastMs: number | null = null;

  constructor(private readonly options: WriteBudgetOptions) {
    this.rate = options.rowsPerSecondMax;
  }

  /** To be told every 100 ms or so how busy the event loop was since the last time, 0 to 1. */
  sample(utilization: number): void {
    this.rate = Math.min(this.target(utilization), this.rate * RISE);
  }

  /**
   * What may be written now.
   * @param nowMs any clock that only goes forward
   * @param queuedRows rows that wait
   */
  allow(nowMs: number, queuedRows: number): Allowance {
    const elapsedMs = nowMs - (this.lastMs ?? nowMs);
    this.lastMs = nowMs;
    const bytesPerSecond = this.options.bytesPerSecondMax * (this.rate / this.options.rowsPerSecondMax);
    this.rows = earned(this.rows, this.rate, elapsedMs);
    this.bytes = earned(this.bytes, bytesPerSecond, elapsedMs);
    return {
      rows: Math.max(0, Math.min(Math.floor(this.rows), queuedRows)),
      bytes: Math.max(0, Math.floor(this.bytes)),
    };
  }

  /** What was written of the allowance. A row larger than what is left is paid for by the flushes after it. */
  spent(rows: number, bytes: number): void {
    this.rows -= rows;
    this.bytes -= bytes;
  }

  private target(utilization: number): number {
    const { rowsPerSecondMax: most, rowsPerSecondMin: least } = this.options;
    const busy = (utilization - IDLE_UTILIZATION) / (SATURATED_UTILIZATION - IDLE_UTILIZATION);
    return most * (least / most) ** Math.min(1, Math.max(0, busy));
  }
}

function earned(left: number, perSecond: number, elapsedMs: number): number {
  return Math.min(left + (perSecond * elapsedMs) / 1000, Math.max(1, (perSecond * BURST_MS) / 1000));
}
