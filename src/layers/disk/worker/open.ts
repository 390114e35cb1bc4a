import * as fs from 'node:fs';
import Database from 'better-sqlite3';
import { codeOf, messageOf } from '../failure';
import type { JournalRef } from '../journal-file';
import { DATABASE_NAME, databasePath, distrustMarkIn } from '../layout';
import type { OpenRequest } from '../messages';
import type { Seed } from '../row-id';
import { planFailure, rigDatabase } from './failpoint';
import { identityOf, prepareFile, putAside, Refusal } from './files';
import { checkSchema, createSchema, FORMAT_VERSION, Meta, migrate } from './schema';
import { APPLIED, Unfit, whatIsLeft } from './trust';
import { walFramesOf } from './wal';
import { Watermark } from './watermark';

const BUSY_TIMEOUT_MS = 50;
const CACHE_KIB = 8 << 10;

export interface OpenFile {
  db: Database.Database;
  meta: Meta;
  seed: Seed;
  identity: string | null;
  clean: boolean;
  lastWallMs: number;
  emptyBecause: string;
  quarantined: string;
  /** Frames of the journals an unclean stop left, to be applied; in order. */
  frames: Buffer[];
  watermark: Watermark;
  /** Journals that are no longer needed once the frames are applied. */
  oldJournals: JournalRef[];
}

/** Whether an error means that the file's content is damaged (not that it cannot be reached, or is full). */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'SQLITE_ERROR') return /no such (table|column|index)/.test(messageOf(error));
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_IOERR');
}

/**
 * Opens by the rules: exclusive lock, then WAL; a damaged, newer or untrusted file is put aside and an empty one begun.
 * Throws Refusal when another process has it, or when there is no way to have a file here.
 */
export function openFile(request: OpenRequest, fresh: { because: string; quarantined: string } | null): OpenFile {
  let emptyBecause = fresh?.because ?? '';
  let quarantined = fresh?.quarantined ?? '';
  for (let attempt = 1; ; attempt++) {
    try {
      return { ...attemptOpen(request, attempt === 1 && fresh === null), emptyBecause, quarantined };
    } catch (error) {
      if (!(error instanceof Unfit) || attempt > 2) throw refusalOf(error);
      emptyBecause = error.message;
      try {
        const aside = putAside(request.dir, databasePath(request.dir), error.kind, request.wallMs);
        if (error.kind !== 'untrusted') quarantined = aside;
      } catch (failed) {
        throw refusalOf(failed);
      }
    }
  }
}

function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('unusable', messageOf(error));
}

function attemptOpen(request: OpenRequest, mayExist: boolean): Omit<OpenFile, 'emptyBecause' | 'quarantined'> {
  const path = databasePath(request.dir);
  const existed = prepareFile(request.dir, path) && mayExist;
  const identity = identityOf(path);
  let db: Database.Database | undefined;
  try {
    const { failpoint } = request;
    if (failpoint !== null) planFailure(failpoint);
    db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    if (failpoint !== null) rigDatabase(db, failpoint);
    lock(db);
    // Between making the file and locking it another process may have put it aside: then it is theirs now.
    if (identityOf(path) !== identity) throw new Refusal('in-use', `${DATABASE_NAME} in use by another process`);
    return { db, identity, ...begin(db, request, existed) };
  } catch (error) {
    closeQuietly(db);
    if (codeOf(error).startsWith('SQLITE_BUSY')) {
      throw new Refusal('in-use', `${path} in use by another process`);
    }
    throw isDamage(error) ? new Unfit('corrupt', messageOf(error)) : error;
  }
}

export function closeQuietly(db: Database.Database | undefined): void {
  try {
    db?.close();
  } catch {
    // A damaged file may refuse even that; it is renamed next.
  }
}

/** After this no other process can read or write the file until we close it. */
function lock(db: Database.Database): void {
  db.pragma('locking_mode = EXCLUSIVE');
  const mode = db.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') throw new Refusal('unusable', `journal_mode is ${String(mode)}, expected wal`);
  db.pragma('synchronous = FULL');
  db.exec('BEGIN IMMEDIATE; COMMIT');
  db.pragma('temp_store = MEMORY');
  db.pragma('mmap_size = 0');
  db.pragma(`cache_size = -${CACHE_KIB}`);
  // See Wal.
  db.pragma('wal_autocheckpoint = 0');
}

type Begun = Pick<OpenFile, 'meta' | 'seed' | 'clean' | 'lastWallMs' | 'frames' | 'oldJournals'>;

function begin(db: Database.Database, request: OpenRequest, existed: boolean): Begun & { watermark: Watermark } {
  const walFrames = walFramesOf(db);
  if (request.pageCountMax > 0) db.pragma(`max_page_count = ${request.pageCountMax}`);
  const format = Number(db.pragma('user_version', { simple: true }));
  if (format > FORMAT_VERSION) throw new Unfit('newer', `format ${format} is newer than ${FORMAT_VERSION}`);
  if (existed && format < 1) throw new Unfit('corrupt', `no format version in ${DATABASE_NAME}`);
  if (existed && (fs.existsSync(request.distrustMark) || fs.existsSync(distrustMarkIn(request.dir))))
    throw new Unfit('untrusted', 'an earlier session could not use it');
  if (existed && format < FORMAT_VERSION) migrate(db, format);
  const begun = existed ? resume(db, request, walFrames) : initialize(db, request);
  if (existed && request.durability === 'power') syncEverything(db, begun.meta);
  const watermark = Watermark.begin(request.session, begun.meta.number(APPLIED));
  // Synced (FULL), so that a power cut from here on finds the file marked as in use.
  try {
    const wasInUse = begun.meta.number('clean') === 0 && begun.meta.text('durability') === 'process';
    db.transaction(() => claim(begun, request))();
    // In the database itself, too: the log may be lost, or begun anew by a checkpoint that is not synced.
    if (existed && !wasInUse) db.pragma('wal_checkpoint(PASSIVE)');
    db.pragma(`synchronous = ${request.durability === 'power' ? 'FULL' : 'OFF'}`);
    return { ...begun, watermark };
  } catch (error) {
    watermark.close();
    throw error;
  }
}

/** A session of `process` may have left pages unsynced: they must not be trusted after a power cut as if they were not. */
function syncEverything(db: Database.Database, meta: Meta): void {
  meta.set('clean', 0);
  db.pragma('wal_checkpoint(TRUNCATE)');
}

function initialize(db: Database.Database, request: OpenRequest): Begun {
  db.transaction(() => createSchema(db))();
  const meta = new Meta(db);
  meta.set(APPLIED, request.freshApplied);
  return { meta, seed: request.freshSeed, clean: true, lastWallMs: 0, frames: [], oldJournals: [] };
}

function resume(db: Database.Database, request: OpenRequest, walFrames: number): Begun {
  checkSchema(db);
  const meta = new Meta(db);
  const seedBytes = meta.blob('seed');
  if (seedBytes === null || seedBytes.length !== 8) throw new Unfit('corrupt', 'the meta table is not whole');
  const seed: Seed = [seedBytes.readInt32LE(0), seedBytes.readInt32LE(4)];
  const { clean, frames, journals: oldJournals } = whatIsLeft(meta, request, walFrames);
  return { meta, seed, clean, lastWallMs: meta.number('wall_ms'), frames, oldJournals };
}

/** From now on a crash leaves: the old journals, if their frames are not applied yet, then this session's. */
function claim(begun: Begun, request: OpenRequest): void {
  const { meta, seed } = begun;
  const pending = begun.frames.length > 0 ? begun.oldJournals : [];
  const seedBytes = Buffer.alloc(8);
  seedBytes.writeInt32LE(seed[0] | 0, 0);
  seedBytes.writeInt32LE(seed[1] | 0, 4);
  meta.set('seed', seedBytes);
  meta.set('clean', 0);
  meta.set('boot_id', request.bootId);
  meta.set('durability', request.durability);
  recordJournals(meta, [...pending, ...(request.journal === null ? [] : [request.journal])]);
}

export function recordJournals(meta: Meta, journals: JournalRef[]): void {
  meta.set('journals', JSON.stringify(journals));
}
