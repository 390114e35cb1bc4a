import { type Bytes, copyOf, equalBytes, type Span } from '../../base/bytes';
import type { Stored } from '../layer';
import { DiskFailure } from './failure';
import { RowReader } from './row';

class PendingRead {
  /** Rows below this version died while the read was on its way. */
  floor = 0;
  /** Another read of the same row. */
  next: PendingRead | undefined;

  constructor(
    readonly id: number,
    readonly db: number,
    readonly key: Buffer,
    readonly resolve: (stored: Stored | null) => void,
  ) {}
}

/** A row as the rest of the house knows it. The bytes are views into the answer's memory, which nobody else uses. */
export function storedOf(row: RowReader, key: Buffer, wallOffsetMs: number): Stored {
  const stored: Stored = {
    db: row.db,
    key,
    value: row.buf.subarray(row.headEnd, row.headEnd + row.valueLength),
    type: row.type,
    expiresAt: row.expiresWallMs - wallOffsetMs,
    tags: row.tags(),
    sources: row.sources(),
    version: row.version,
    fillEpoch: row.fillEpoch,
  };
  if (row.graceMs > 0) stored.graceMs = row.graceMs;
  return stored;
}

/**
 * Reads of one loop turn, gathered into one message; and those the worker has, answered in the order they were sent. What
 * dies while a read is on its way is not given to it.
 */
export class Reads {
  /** Ever asked for, and the messages they travelled in. */
  total = 0;
  messages = 0;
  private gathered: PendingRead[] = [];
  private readonly sent: PendingRead[] = [];
  private sentHead = 0;
  private readonly byId = new Map<number, PendingRead>();

  constructor(
    private readonly queuedMax: number,
    /** For each physical database: rows of a lower version are dead. */
    private readonly floors: Float64Array,
  ) {}

  get queued(): number {
    return this.gathered.length + this.sent.length - this.sentHead;
  }

  get isGathering(): boolean {
    return this.gathered.length > 0;
  }

  add(id: number, db: number, key: Bytes): Promise<Stored | null> {
    if (this.queued >= this.queuedMax) {
      return Promise.reject(new DiskFailure('reads-full', `${this.queuedMax} reads are waiting for the disk`));
    }
    return new Promise((resolve) => {
      const read = new PendingRead(id, db, copyOf(key), resolve);
      read.next = this.byId.get(id);
      this.byId.set(id, read);
      this.gathered.push(read);
    });
  }

  /** The ids to ask for; from now on these reads are the worker's. */
  take(): Float64Array {
    const ids = new Float64Array(this.gathered.length);
    for (let i = 0; i < ids.length; i++) ids[i] = this.gathered[i]!.id;
    for (const read of this.gathered) this.sent.push(read);
    this.gathered = [];
    this.messages++;
    this.total += ids.length;
    return ids;
  }

  killed(id: number, version: number): void {
    for (let read = this.byId.get(id); read !== undefined; read = read.next) read.floor = Math.max(read.floor, version);
  }

  answer(count: number, memory: Uint8Array, wallOffsetMs: number): void {
    const buf = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
    const row = new RowReader(buf);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const read = this.sent[this.sentHead++]!;
      this.forget(read);
      if (buf[at++] === 0) {
        read.resolve(null);
        continue;
      }
      row.point(at);
      at = row.headEnd + row.valueLength;
      read.resolve(this.isAnswer(row, read, row.key()) ? storedOf(row, read.key, wallOffsetMs) : null);
    }
    if (this.sentHead !== this.sent.length && this.sentHead <= this.queuedMax) return;
    this.sent.splice(0, this.sentHead);
    this.sentHead = 0;
  }

  /** There is no disk any more: everything is a miss. */
  answerNothing(): void {
    for (const read of this.sent.splice(0).slice(this.sentHead)) read.resolve(null);
    for (const read of this.gathered.splice(0)) read.resolve(null);
    this.sentHead = 0;
    this.byId.clear();
  }

  private isAnswer(row: RowReader, read: PendingRead, key: Span): boolean {
    if (row.db !== read.db || row.version < read.floor || row.version < this.floors[read.db]!) return false;
    return equalBytes(key, { buf: read.key, start: 0, end: read.key.length });
  }

  private forget(read: PendingRead): void {
    const first = this.byId.get(read.id);
    if (first === read) {
      if (read.next === undefined) this.byId.delete(read.id);
      else this.byId.set(read.id, read.next);
      return;
    }
    for (let at = first; at !== undefined; at = at.next) if (at.next === read) at.next = read.next;
  }
}
