import * as fs from 'node:fs';
import { type JournalRef, watermarkPath } from '../journal-file';

/**
 * What a session knows of the database that the database itself might forget: the write-ahead log can lose its end, and
 * SQLite takes what is left of it for the whole. So beside the journals, where a write outlives the process and never
 * waits, stands how far the file had come; a start does not trust a file that is behind.
 */
export interface Mark {
  /** Transactions in the file: see Store.applied. */
  applied: number;
  /** While the log is being copied into the database: frames it must still have if that was cut short; otherwise 0. */
  walFrames: number;
  /** All that the session's journal says is in the file. */
  isComplete: boolean;
}

const MARK_BYTES = 24;

/** One per session, named like its journal. I/O errors are thrown: without it no journal may be cleared. */
export class Watermark {
  private readonly buf = Buffer.alloc(MARK_BYTES);
  private mark: Mark;

  constructor(
    private readonly fd: number,
    applied: number,
  ) {
    this.mark = { applied, walFrames: 0, isComplete: false };
    this.write();
  }

  static begin(session: JournalRef, applied: number): Watermark {
    const { O_CREAT, O_NOFOLLOW, O_RDWR } = fs.constants;
    return new Watermark(fs.openSync(watermarkPath(session), O_CREAT | O_NOFOLLOW | O_RDWR, 0o600), applied);
  }

  set(change: Partial<Mark>): void {
    this.mark = { ...this.mark, ...change };
    this.write();
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  private write(): void {
    const { applied, walFrames, isComplete } = this.mark;
    this.buf.writeDoubleLE(applied, 0);
    this.buf.writeDoubleLE(walFrames, 8);
    this.buf.writeDoubleLE(isComplete ? 1 : 0, 16);
    fs.writeSync(this.fd, this.buf, 0, MARK_BYTES, 0);
  }
}

/** Null if there is none, or not a whole one. */
export function readMark(session: JournalRef): Mark | null {
  let buf: Buffer;
  try {
    buf = fs.readFileSync(watermarkPath(session));
  } catch {
    return null;
  }
  if (buf.length !== MARK_BYTES) return null;
  return { applied: buf.readDoubleLE(0), walFrames: buf.readDoubleLE(8), isComplete: buf.readDoubleLE(16) === 1 };
}

/** Its journal is no longer needed, by what is in the file after so many transactions. */
export function markComplete(session: JournalRef, applied: number): void {
  const watermark = Watermark.begin(session, applied);
  watermark.set({ isComplete: true });
  watermark.close();
}
