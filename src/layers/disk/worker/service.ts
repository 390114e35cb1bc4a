import { codeOf, messageOf } from '../failure';
import { databasePath, destroyDatabase } from '../layout';
import { NO_COUNTERS, type OpenRequest, type Reply, type Request, type WorkerCounters } from '../messages';
import { identityOf, putAside, Refusal } from './files';
import { closeQuietly, isDamage, type OpenFile, openFile } from './open';
import { Pages } from './pages';
import { Reclaimer } from './reclaim';
import { closeInOrder, headsOfPuts, lastStateOf, type Session, settle } from './session';
import { Store } from './store';
import { Wal } from './wal';

/** A file that breaks this often in one session is not worth another try. */
const RESETS_MAX = 5;

/** What the worker does with each message. Without a session (refused, disabled, closed) it answers that there is nothing. */
export class DiskService {
  private session: Session | null = null;
  private opening: OpenRequest | null = null;
  private generation = 0;
  private resets = 0;
  private busyMs = 0;
  private carried: WorkerCounters = NO_COUNTERS;
  private reclaiming = false;

  constructor(
    private readonly post: (reply: Reply) => void,
    private readonly later: (run: () => void) => void,
    private readonly fineMs: () => number,
  ) {}

  handle(request: Request): void {
    const began = this.fineMs();
    try {
      this.dispatch(request);
    } finally {
      this.busyMs += this.fineMs() - began;
    }
  }

  private dispatch(request: Request): void {
    switch (request.kind) {
      case 'open':
        this.open(request);
        break;
      case 'batch':
        this.batch(request);
        break;
      case 'read':
        this.read(request.ids);
        break;
      case 'directory':
        this.page({ kind: 'directory-page', after: request.after, ...NO_PAGE }, (pages) =>
          pages.directory(request.after, request.rowsMax),
        );
        break;
      case 'tags':
        this.page({ kind: 'tags-page', after: request.after, ...NO_PAGE }, (pages) =>
          pages.tags(request.after, request.rowsMax),
        );
        break;
      case 'edges':
        this.page({ kind: 'edges-page', after: request.after, ...NO_PAGE }, (pages) =>
          pages.edges(request.after, request.rowsMax),
        );
        break;
      case 'notes':
        this.page({ kind: 'notes-page', after: request.after, ...NO_PAGE }, (pages) =>
          pages.notes(request.prefix, request.after, request.rowsMax),
        );
        break;
      case 'heat':
        this.page({ kind: 'heat-page', after: request.after, ...NO_PAGE }, (pages) =>
          pages.heat(request.after, request.rowsMax),
        );
        break;
      case 'heat-save':
        this.quietly((session) => session.pages.saveHeat(request.chunk, request.ids, request.last));
        break;
      case 'check':
        this.check(request.wallMs);
        break;
      case 'audit':
        this.audit();
        break;
      case 'close':
        this.close(request.wallMs);
        break;
    }
  }

  // --- beginning and end -------------------------------------------------------------------------------------------

  private open(request: OpenRequest): void {
    this.opening = request;
    try {
      this.begin(openFile(request, null));
    } catch (error) {
      const code = error instanceof Refusal ? error.code : 'unusable';
      this.post({ kind: 'refused', code, message: messageOf(error) });
      return;
    }
    const { file, store } = this.session!;
    const last = lastStateOf(file.frames);
    for (const [db, version] of last.floors) store.floors[db] = Math.max(store.floors[db]!, version);
    const notes = new Map([...store.noteSizes(), ...last.notes]);
    this.post({
      kind: 'opened',
      epoch: Math.max(file.meta.number('epoch'), last.epoch, store.versionMax + 1),
      dbMap: last.dbMap ?? file.meta.blob('db_map'),
      floors: store.floors.slice(),
      notes: [...notes].filter(([, sizeBytes]) => sizeBytes >= 0),
      seed: file.seed,
      clean: file.clean && file.emptyBecause === '',
      emptyBecause: file.emptyBecause,
      quarantined: file.quarantined,
      lastWallMs: file.lastWallMs,
      counters: this.counters(),
    });
    // Not before the answer: the sidecar may serve while this runs; reads come after it, being later messages.
    this.guarded((session) => settle(session, request));
    this.reclaimLater();
  }

  private begin(file: OpenFile): void {
    const store = new Store(file.db, file.meta, file.seed);
    const reclaimer = new Reclaimer(store, this.opening!.bytesMax, (heads) => this.evicted(heads));
    const wal = new Wal(file.db, `${databasePath(this.opening!.dir)}-wal`, file.watermark);
    this.session = { file, store, pages: new Pages(store), reclaimer, wal };
  }

  private close(wallMs: number): void {
    const { session } = this;
    this.session = null;
    this.post({ kind: 'closed', clean: session !== null && closeInOrder(session, this.opening!.session, wallMs) });
  }

  // --- work --------------------------------------------------------------------------------------------------------

  private batch(request: Extract<Request, { kind: 'batch' }>): void {
    const { seq, memory, length, wallMs } = request;
    let full = false;
    if (request.generation === this.generation) {
      const batch = Buffer.from(memory);
      full = this.guarded((session) => applyBatch(session, batch, length, wallMs)) ?? false;
      if (full) {
        this.post({ kind: 'evicted', memory: headsOfPuts(batch, length) });
        this.makeRoom();
      }
    }
    this.post({ kind: 'batch-done', seq, full, memory, counters: this.counters() });
    this.checkpointIfDue();
    this.reclaimLater();
  }

  private read(ids: Float64Array): void {
    let answered = 0;
    this.guarded(({ pages }) =>
      pages.read(ids, (reply) => {
        answered += reply.count;
        this.post(reply);
      }),
    );
    const missing = ids.length - answered;
    if (missing > 0) this.post({ kind: 'rows', count: missing, memory: new Uint8Array(missing) });
  }

  private page<P extends Reply>(none: P, make: (pages: Pages) => P): void {
    this.post(this.guarded(({ pages }) => make(pages)) ?? none);
  }

  private check(wallMs: number): void {
    if (this.session === null) return;
    if (this.opening !== null) this.opening = { ...this.opening, wallMs };
    if (identityOf(databasePath(this.opening!.dir)) !== this.session.file.identity) {
      this.reset('the file was removed or replaced');
    }
    this.checkpointIfDue();
  }

  private audit(): void {
    const problem = this.guarded(({ store }) => {
      const check = store.db.pragma('quick_check(1)', { simple: true });
      if (check !== 'ok') return String(check);
      const count = store.db.prepare('SELECT count(*) FROM entries').pluck().get();
      return count === store.rows ? '' : `${String(count)} rows, counted ${store.rows}`;
    });
    this.post({ kind: 'audited', problem: problem ?? '' });
  }

  private checkpointIfDue(): void {
    this.quietly(({ wal }) => wal.checkpointIfDue());
  }

  // --- background --------------------------------------------------------------------------------------------------

  private reclaimLater(): void {
    if (this.reclaiming || this.session === null) return;
    this.reclaiming = true;
    this.later(() => {
      const began = this.fineMs();
      this.reclaiming = false;
      if (this.quietly(({ reclaimer }) => reclaimer.step())) this.reclaimLater();
      this.checkpointIfDue();
      this.busyMs += this.fineMs() - began;
    });
  }

  private makeRoom(): void {
    this.quietly(({ reclaimer }) => reclaimer.makeRoom());
  }

  private evicted(heads: Buffer[]): void {
    if (heads.length > 0) this.post({ kind: 'evicted', memory: new Uint8Array(Buffer.concat(heads)) });
  }

  // --- when it breaks ----------------------------------------------------------------------------------------------

  /** Work that may be left undone when the disk is full. */
  private quietly<R>(work: (session: Session) => R): R | undefined {
    return this.guarded((session) => {
      try {
        return work(session);
      } catch (error) {
        if (codeOf(error) !== 'SQLITE_FULL') throw error;
        session.store.counted.writeErrors++;
        return undefined;
      }
    });
  }

  /** A failure of SQLite here means that the file cannot be trusted or cannot be kept true: it goes. */
  private guarded<R>(work: (session: Session) => R): R | undefined {
    if (this.session === null) return undefined;
    try {
      return work(this.session);
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_')) throw error;
      this.session.store.counted[isDamage(error) ? 'readErrors' : 'writeErrors']++;
      this.reset(`${codeOf(error)}: ${messageOf(error)}`, isDamage(error));
      return undefined;
    }
  }

  /** Begins an empty file; the old one is kept aside if it may tell something, otherwise its space is needed. */
  private reset(reason: string, keepOld = true): void {
    const request = this.opening!;
    const { file, store } = this.session!;
    this.carried = this.counters();
    this.session = null;
    closeQuietly(file.db);
    file.watermark.close();
    const removed = this.removeOld(request, keepOld);
    this.resets++;
    if (removed === null || this.resets > RESETS_MAX) {
      this.disable(reason, removed !== null);
      return;
    }
    try {
      this.begin(
        openFile(
          { ...request, freshSeed: store.seed, freshApplied: store.applied },
          { because: reason, quarantined: removed },
        ),
      );
      this.generation++;
      this.post({ kind: 'reset', generation: this.generation, reason, quarantined: removed });
    } catch (error) {
      this.disable(`${reason}; then ${messageOf(error)}`, true);
    }
  }

  private disable(reason: string, removed: boolean): void {
    this.session = null;
    this.post({ kind: 'disabled', reason, removed });
  }

  /** Name it was put aside under, '' if deleted, null if neither was possible. */
  private removeOld(request: OpenRequest, keep: boolean): string | null {
    const path = databasePath(request.dir);
    try {
      if (keep && identityOf(path) !== null) return putAside(request.dir, path, 'corrupt', request.wallMs);
    } catch {
      // Then it is deleted.
    }
    try {
      destroyDatabase(request.dir, request.durability === 'power');
      return '';
    } catch {
      return null;
    }
  }

  private counters(): WorkerCounters {
    if (this.session === null) return { ...this.carried, rows: 0, liveBytes: 0, fileBytes: 0, busyMs: this.busyMs };
    const { store } = this.session;
    const { carried } = this;
    return {
      rows: store.rows,
      liveBytes: store.liveBytes,
      fileBytes: fileBytesOf(store),
      rowsWritten: carried.rowsWritten + store.counted.rowsWritten,
      writeErrors: carried.writeErrors + store.counted.writeErrors,
      readErrors: carried.readErrors + store.counted.readErrors,
      checksumErrors: carried.checksumErrors + store.counted.checksumErrors,
      evicted: carried.evicted + store.counted.evicted,
      busyMs: this.busyMs,
    };
  }
}

/** Whether the disk was full. The watermark before the answer, upon which the journal is cleared. */
function applyBatch({ store, file }: Session, batch: Buffer, length: number, wallMs: number): boolean {
  const isWhole = store.apply(batch, 0, length, wallMs);
  file.watermark.set({ applied: store.applied });
  return !isWhole;
}

/** 0 if the file cannot even tell its size. */
function fileBytesOf(store: Store): number {
  try {
    return store.fileBytes;
  } catch {
    return 0;
  }
}

const NO_PAGE = { memory: new Uint8Array(0), done: true } as const;
