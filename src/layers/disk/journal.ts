import * as fs from 'node:fs';
import {
  FRAME_HEAD_BYTES,
  type JournalOwner,
  type JournalRef,
  journalHeader,
  journalPaths,
  sealFrame,
} from './journal-file';
import { OpWriter } from './ops';

/** The few calls the journal makes; a test gives it a bad disk. */
export interface JournalIo {
  openSync(path: string, flags: number, mode: number): number;
  writeSync(fd: number, buf: Buffer, offset: number, length: number, position: number): number;
  ftruncateSync(fd: number, length: number): void;
  closeSync(fd: number): void;
  unlinkSync(path: string): void;
}

export interface JournalOptions {
  ref: JournalRef;
  owner: JournalOwner;
  /** A file is left for the other one when it would pass this. */
  bytesMax: number;
  /**
   * Asked when a file is left: says, whenever it is asked again, by which batch all effects of what was appended so far
   * will be in the file; Infinity while that is open.
   */
  barrier: () => () => number;
  /** Asks for everything to be sent to the worker soon: a file waits to be cleared. */
  hurry: () => void;
  io?: JournalIo;
}

interface JournalFile {
  fd: number;
  path: string;
  bytes: number;
  /** Full, and to be cleared once the batch that this says is applied; null when it is not waiting for that. */
  retired: (() => number) | null;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fs.constants;
/** A file filled so far wants the other one cleared. */
const HURRY_SHARE = 0.5;
const RECORDS_START_BYTES = 4 << 10;
const RECORDS_KEPT_BYTES_MAX = 1 << 20;

/**
 * What must be durable before a reply is sent, until the worker has it in the file: append-only, one write a loop turn.
 * Two files take turns. While both are full, `commit` is a promise (back-pressure). I/O errors are thrown.
 */
export class Journal {
  /** Records of this turn; `commit` writes them. */
  records = new OpWriter(new ArrayBuffer(RECORDS_START_BYTES), FRAME_HEAD_BYTES);
  private readonly io: JournalIo;
  private readonly files: JournalFile[] = [];
  private active = 0;
  private generation = 1;
  private headerBytes = 0;
  private applied = 0;
  private waiting: { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } | null = null;

  constructor(private readonly options: JournalOptions) {
    this.io = options.io ?? fs;
    for (const path of journalPaths(options.ref)) {
      const fd = this.io.openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, 0o600);
      this.files.push({ fd, path, bytes: 0, retired: null });
    }
    this.begin(this.files[0]!);
  }

  get bytes(): number {
    return this.files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** Both files are full and the worker has not caught up. */
  get full(): boolean {
    return this.waiting !== null;
  }

  commit(): void | Promise<void> {
    if (this.records.count === 0) return;
    if (this.waiting !== null) return this.waiting.promise;
    const file = this.files[this.active]!;
    const passes = file.bytes + this.records.length > this.options.bytesMax && file.bytes > this.headerBytes;
    if (passes && !this.switchOver()) return this.wait();
    this.write();
    if (this.files[this.active]!.bytes > this.options.bytesMax * HURRY_SHARE) this.hurryOther();
  }

  /** Everything up to this batch is committed in the file. */
  batchApplied(batch: number): void {
    this.applied = Math.max(this.applied, batch);
    for (const file of this.files) if (file.retired !== null && file.retired() <= this.applied) this.empty(file);
    if (this.waiting === null || !this.switchOver()) return;
    const { resolve, reject } = this.waiting;
    this.waiting = null;
    try {
      this.write();
      resolve();
    } catch (error) {
      reject(error);
    }
  }

  /** Whoever waits for a commit is told that it failed. */
  fail(error: unknown): void {
    this.waiting?.reject(error);
    this.waiting = null;
  }

  /** Closes the files and, unless they must still bridge a crash, removes them. */
  close(remove: boolean): void {
    for (const { fd, path } of this.files.splice(0)) {
      this.io.closeSync(fd);
      if (!remove) continue;
      try {
        this.io.unlinkSync(path);
      } catch {
        // Somebody else removed it: that was what we wanted.
      }
    }
  }

  private switchOver(): boolean {
    const other = this.files[1 - this.active]!;
    if (other.retired !== null) return false;
    const full = this.files[this.active]!;
    full.retired = this.options.barrier();
    this.active = 1 - this.active;
    this.generation++;
    this.begin(other);
    if (full.retired() <= this.applied) this.empty(full);
    return true;
  }

  /** The other file will be needed soon. */
  private hurryOther(): void {
    if (this.files[1 - this.active]!.retired !== null) this.options.hurry();
  }

  private wait(): Promise<void> {
    let resolve = (): void => {};
    let reject = (_error: unknown): void => {};
    const promise = new Promise<void>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    this.waiting = { promise, resolve, reject };
    this.options.hurry();
    return promise;
  }

  private empty(file: JournalFile): void {
    this.io.ftruncateSync(file.fd, 0);
    file.bytes = 0;
    file.retired = null;
  }

  private begin(file: JournalFile): void {
    const { ref, owner } = this.options;
    const header = journalHeader(ref, this.generation, owner);
    this.headerBytes = header.length;
    this.append(file, header, header.length);
  }

  private write(): void {
    const { records } = this;
    sealFrame(records.buf, records.length);
    this.append(this.files[this.active]!, records.buf, records.length);
    if (records.buf.length > RECORDS_KEPT_BYTES_MAX) {
      this.records = new OpWriter(new ArrayBuffer(RECORDS_START_BYTES), FRAME_HEAD_BYTES);
    } else records.clear();
  }

  private append(file: JournalFile, buf: Buffer, length: number): void {
    for (let done = 0; done < length; ) {
      done += this.io.writeSync(file.fd, buf, done, length - done, file.bytes + done);
    }
    file.bytes += length;
  }
}
