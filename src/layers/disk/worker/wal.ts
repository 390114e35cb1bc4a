import * as fs from 'node:fs';
import type { Database } from 'better-sqlite3';
import type { Watermark } from './watermark';

/** Frames in the log from which on they are copied into the database. */
const CHECKPOINT_FRAMES = 1000;
const WAL_BYTES_MAX = 64 << 20;

/** Frames in the log that SQLite takes for whole. */
export function walFramesOf(db: Database): number {
  return (db.prepare('PRAGMA wal_checkpoint(NOOP)').raw().get() as [number, number, number])[1];
}

/**
 * The write-ahead log. SQLite's own checkpoints are off: one that a kill cut short, with a log that is damaged afterwards,
 * would leave pages of different times in the database, so the watermark must say before that the log is needed.
 */
export class Wal {
  private readonly frames;

  constructor(
    private readonly db: Database,
    private readonly path: string,
    private readonly watermark: Watermark,
  ) {
    this.frames = db.prepare('PRAGMA wal_checkpoint(NOOP)').raw();
  }

  checkpointIfDue(): void {
    const size = fs.statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > WAL_BYTES_MAX) this.checkpoint('TRUNCATE');
    else if (this.framesNow() >= CHECKPOINT_FRAMES) this.checkpoint('PASSIVE');
  }

  checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    this.watermark.set({ walFrames: this.framesNow() });
    this.db.pragma(`wal_checkpoint(${mode})`);
    this.watermark.set({ walFrames: 0 });
  }

  private framesNow(): number {
    return (this.frames.get() as [number, number, number])[1];
  }
}
