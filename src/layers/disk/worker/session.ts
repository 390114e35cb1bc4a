import * as fs from 'node:fs';
import { type JournalRef, removeJournal, watermarkPath } from '../journal-file';
import { DATABASE_NAME, distrustMarkIn } from '../layout';
import type { OpenRequest } from '../messages';
import { DBMAP_BYTES, IgnoreOps, readOps } from '../ops';
import { removeUntrusted } from './files';
import { closeQuietly, type OpenFile, recordJournals } from './open';
import { removeOrphans } from './orphans';
import type { Pages } from './pages';
import type { Reclaimer } from './reclaim';
import type { Store } from './store';
import type { Wal } from './wal';
import { markComplete } from './watermark';

/** The file and everything over it; replaced as a whole when a new file is begun. */
export interface Session {
  file: OpenFile;
  store: Store;
  pages: Pages;
  reclaimer: Reclaimer;
  wal: Wal;
}

/** Applies what the journals of an unclean stop hold, and forgets them. */
export function settle({ file, store }: Session, request: OpenRequest): void {
  for (const frame of file.frames.splice(0)) store.apply(frame, 0, frame.length, 0);
  file.watermark.set({ applied: store.applied });
  // Should the process end between forgetting them and removing them.
  ifPossible(() => {
    for (const journal of file.oldJournals) markComplete(journal, store.applied);
  });
  recordJournals(file.meta, request.journal === null ? [] : [request.journal]);
  ifPossible(() => {
    for (const journal of file.oldJournals) removeJournal(journal);
  });
  ifPossible(() => removeOrphans(request));
  // It was about a file that is put aside.
  ifPossible(() => fs.rmSync(distrustMarkIn(request.dir), { force: true }));
  ifPossible(() => removeUntrusted(request.dir, DATABASE_NAME));
}

/** What is only in the way stays, then. */
function ifPossible(remove: () => void): void {
  try {
    remove();
  } catch {
    // The next start tries again.
  }
}

/** False if it could not be marked as closed in order: then the journals are still needed. */
export function closeInOrder({ file, store, wal }: Session, session: JournalRef, wallMs: number): boolean {
  const { db, meta, watermark } = file;
  try {
    db.pragma('synchronous = FULL');
    // First everything else is synced (the write makes sure there is something to sync), then the flag that says so.
    meta.set('wall_ms', wallMs);
    wal.checkpoint('TRUNCATE');
    watermark.set({ applied: store.applied, isComplete: true });
    store.transaction(() => {
      meta.set('clean', 1);
      recordJournals(meta, []);
    });
    db.close();
    watermark.close();
    ifPossible(() => fs.rmSync(watermarkPath(session), { force: true }));
    return true;
  } catch {
    closeQuietly(db);
    return false;
  }
}

/** What the journals say last about the few things the answer to `open` holds. */
export function lastStateOf(frames: Buffer[]) {
  class LastState extends IgnoreOps {
    epochEnd = 0;
    map: Uint8Array | null = null;
    floors = new Map<number, number>();
    /** Bytes of name and value; -1 for a note that was deleted. */
    notes = new Map<string, number>();

    override epoch(reservedEnd: number): void {
      this.epochEnd = Math.max(this.epochEnd, reservedEnd);
    }

    override dbMap(map: Buffer): void {
      this.map = new Uint8Array(map.subarray(0, DBMAP_BYTES));
    }

    override flush(db: number, epoch: number): void {
      this.floors.set(db, Math.max(this.floors.get(db) ?? 0, epoch));
    }

    override note(name: Buffer, value: Buffer): void {
      this.notes.set(name.toString('latin1'), name.length + value.length);
    }

    override noteDelete(name: Buffer): void {
      this.notes.set(name.toString('latin1'), -1);
    }
  }
  const state = new LastState();
  for (const frame of frames) readOps(frame, 0, frame.length, state);
  return { epoch: state.epochEnd, dbMap: state.map, floors: state.floors, notes: state.notes };
}

export function headsOfPuts(batch: Buffer, length: number): Uint8Array {
  const heads: Buffer[] = [];
  class Heads extends IgnoreOps {
    override put(_id: number, _version: number, buf: Buffer, start: number, headEnd: number): void {
      heads.push(buf.subarray(start, headEnd));
    }
  }
  readOps(batch, 0, length, new Heads());
  return new Uint8Array(Buffer.concat(heads));
}
