import { OpWriter } from './ops';

const MEMORY_START_BYTES = 64 << 10;
const POOLED_BYTES_MAX = 2 << 20;
const POOL_MAX = 4;

export interface BatchLimits {
  /** Ops in one message: bounds how long the worker is busy with it, and so how long a read waits behind it. */
  opsMax: number;
  bytesMax: number;
  /** Messages sent and not yet done. */
  inFlightMax: number;
}

class Batch {
  /** Rows it changes: a read of one of these must come after it. */
  readonly ids = new Set<number>();
  rows = 0;

  constructor(
    readonly seq: number,
    readonly ops: OpWriter,
  ) {}
}

/**
 * What is on its way to the file, in order: the batch being built, those that are whole, those that the worker has. The
 * worker gives the memory back, so that a steady stream of writes makes no garbage.
 */
export class Batches {
  /** Number of the last batch the worker has applied. */
  done = 0;
  inFlight = 0;
  private current: Batch;
  private readonly whole: Batch[] = [];
  private readonly pool: ArrayBuffer[] = [];
  /** Rows of each batch that the worker has, oldest first. */
  private readonly sentRows: number[] = [];

  constructor(
    private readonly limits: BatchLimits,
    private readonly post: (seq: number, memory: ArrayBuffer, length: number) => void,
  ) {
    this.current = new Batch(1, new OpWriter(new ArrayBuffer(MEMORY_START_BYTES)));
  }

  /** Number of the newest batch that holds, or held, anything. */
  get newest(): number {
    return this.current.ops.count > 0 ? this.current.seq : this.current.seq - 1;
  }

  /** Rows that are not in the file yet. */
  get queuedRows(): number {
    const sent = this.sentRows.reduce((sum, rows) => sum + rows, 0);
    return this.whole.reduce((sum, batch) => sum + batch.rows, sent + this.current.rows);
  }

  get queuedBytes(): number {
    return this.whole.reduce((sum, batch) => sum + batch.ops.length, this.current.ops.length);
  }

  /** Whether the worker keeps up: rows should wait otherwise; deletes and the like never do. */
  get keepsUp(): boolean {
    if (this.isFull) this.send();
    return !this.isFull && this.whole.length === 0;
  }

  /** Where the next row goes. */
  forRow(id: number): OpWriter {
    const ops = this.forChange(id);
    this.current.rows++;
    return ops;
  }

  forChange(id: number): OpWriter {
    if (this.isFull) this.seal();
    this.current.ids.add(id);
    return this.current.ops;
  }

  get ops(): OpWriter {
    if (this.isFull) this.seal();
    return this.current.ops;
  }

  /** Whether something not yet sent changes the row. */
  touches(id: number): boolean {
    return this.current.ids.has(id) || (this.whole.length > 0 && this.whole.some((batch) => batch.ids.has(id)));
  }

  /** Sends as much as may be in flight; with `force` all. Returns the number of the newest batch. */
  send(force = false): number {
    if (this.current.ops.count > 0 && (force || this.inFlight + this.whole.length < this.limits.inFlightMax))
      this.seal();
    while (this.whole.length > 0 && (force || this.inFlight < this.limits.inFlightMax)) {
      const { seq, ops, rows } = this.whole.shift()!;
      this.inFlight++;
      this.sentRows.push(rows);
      this.post(seq, ops.buf.buffer as ArrayBuffer, ops.length);
    }
    return this.newest;
  }

  applied(seq: number, memory: ArrayBuffer): void {
    this.done = seq;
    this.inFlight--;
    this.sentRows.shift();
    if (memory.byteLength <= POOLED_BYTES_MAX && this.pool.length < POOL_MAX) this.pool.push(memory);
    if (this.whole.length > 0) this.send();
  }

  /** Forgets what was not sent; those numbers count as done once a later batch is. */
  clear(): void {
    this.whole.length = 0;
    this.next();
  }

  private get isFull(): boolean {
    const { ops } = this.current;
    return ops.count >= this.limits.opsMax || ops.length >= this.limits.bytesMax;
  }

  private seal(): void {
    this.whole.push(this.current);
    this.next();
  }

  private next(): void {
    const memory = this.pool.pop() ?? new ArrayBuffer(MEMORY_START_BYTES);
    this.current = new Batch(this.current.seq + 1, new OpWriter(memory));
  }
}
