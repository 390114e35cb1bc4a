import * as fs from 'node:fs';
import type { Bytes } from '../../base/bytes';
import { BrokenInvariant } from '../../base/fault';
import { whenReady } from '../../base/when-ready';
import type { Cancel } from '../../base/world';
import type { Stored } from '../layer';
import { Batches } from './batches';
import { DiskFailure, messageOf } from './failure';
import { Journal } from './journal';
import { databasePath, destroyDatabase } from './layout';
import type { OpenedReply, Reply, Request, WorkerCounters } from './messages';
import { type DiskOptions, type DiskSettings, settingsOf } from './options';
import { type DirectoryRow, type Edge, type OnPage, Pager } from './pager';
import { bootIdOf, journalDirFor, journalRefFor } from './place';
import { Reads } from './reads';
import { RowReader } from './row';
import { rowIdOf, type Seed } from './row-id';
import { WorkerLink } from './worker-link';

export type { DirectoryRow, Edge, OnPage } from './pager';

/** What the file knew when it was opened. Tags, edges and the directory are read afterwards, in pages. */
export interface DiskBoot {
  /** Above every epoch and version used before. */
  epoch: number;
  /** Physical database of each of 16 logical ones, if it was ever saved. */
  dbMap: Uint8Array | null;
  rows: number;
  clean: boolean;
  /** Why it begins empty, or ''. */
  emptyBecause: string;
  /** Name of the file that was put aside, or ''. */
  quarantined: string;
  /** Wall clock of the last batch, 0 if unknown: a clock behind it was set back. */
  lastWallMs: number;
}

/** A row that is gone from the disk, or never came there. Later versions of the key may be there. */
export interface GoneRow {
  db: number;
  /** A view, good during the call. */
  key: Bytes;
  version: number;
}

export interface DiskRow {
  db: number;
  key: Bytes;
  value: Bytes;
  type: number;
  /** Clock milliseconds, or NEVER. */
  expiresAt: number;
  version: number;
  hits: number;
  tags: readonly string[];
  sources: readonly string[];
}

/**
 * `stuck`: the file could be neither kept true nor removed. As long as the journal still takes records (`process`), they
 * bridge a crash; when it does not, `commit` throws.
 */
type State = 'new' | 'open' | 'closing' | 'disabled' | 'stuck' | 'closed';

const FULL_PAUSE_MS_MIN = 1_000;
const FULL_PAUSE_MS_MAX = 60_000;
const DATABASES = 32;

/**
 * The main side of the disk layer. Writes are gathered and go to the worker with `flush`; what must outlive a crash is
 * durable when `commit` returns or its promise settles. Versions and epochs are one increasing count of the node.
 * Once disabled, reads are misses, writes do nothing and commits are free: nothing old is left that could come back.
 */
export class DiskLayer {
  /** Rows were evicted, or not stored because the disk is full. */
  onEvicted: (rows: GoneRow[]) => void = () => {};
  /** A new, empty file was begun: no row is on disk. Tell tags and edges anew, before returning. */
  onReset: (reason: string) => void = () => {};
  onDisabled: (reason: string) => void = () => {};

  private state: State = 'new';
  private readonly settings: DiskSettings;
  private readonly floors = new Float64Array(DATABASES);
  private readonly batches: Batches;
  private readonly reads: Reads;
  private readonly pager: Pager;
  private link: WorkerLink | null = null;
  private journal: Journal | null = null;
  private seed: Seed = [0, 0];
  private generation = 0;
  private reservedEnd = 0;
  private dbMapKept: Uint8Array | null = null;
  private counters: WorkerCounters | null = null;
  private pausedUntil = 0;
  private pauseMs = FULL_PAUSE_MS_MIN;
  private shed = 0;
  private resets = 0;
  private commits = { count: 0, sumMs: 0, maxMs: 0 };
  private unsynced = false;
  private syncs: { seq: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  private audits: ((problem: string) => void)[] = [];
  private whenOpened: ((reply: OpenedReply | DiskFailure) => void) | null = null;
  private whenClosed: ((clean: boolean) => void) | null = null;
  private cancelCheck: Cancel = () => {};

  constructor(private readonly options: DiskOptions) {
    this.settings = settingsOf(options);
    const { batchOpsMax, batchBytesMax, batchesInFlightMax, readsQueuedMax } = this.settings;
    const limits = { opsMax: batchOpsMax, bytesMax: batchBytesMax, inFlightMax: batchesInFlightMax };
    this.batches = new Batches(limits, (seq, memory, length) => {
      const { generation, wallMs } = this;
      this.link?.send({ kind: 'batch', seq, generation, memory, length, wallMs }, [memory]);
    });
    this.reads = new Reads(readsQueuedMax, this.floors);
    this.pager = new Pager({
      send: (request) => this.sendPageRequest(request),
      wallOffsetMs: () => options.world.clock.wallOffsetMs,
      rowId: (db, key) => this.rowId(db, key),
      floors: this.floors,
    });
  }

  // --- beginning and end -------------------------------------------------------------------------------------------

  /** Returns as soon as the file is ours. Throws DiskFailure. */
  async open(): Promise<DiskBoot> {
    const { world } = this.options;
    const word = () => Math.floor(world.random() * 0x1_0000_0000) | 0;
    const request = this.prepare([word(), word()]);
    const reply = await new Promise<OpenedReply | DiskFailure>((resolve) => {
      this.whenOpened = resolve;
      this.link = new WorkerLink(
        (message) => this.receive(message),
        (reason) => this.workerDied(reason),
      );
      this.link.send(request);
    }).catch((error: unknown) => new DiskFailure('unusable', messageOf(error)));
    this.whenOpened = null;
    if (reply instanceof DiskFailure) {
      this.state = 'closed';
      this.journal?.close(true);
      await this.link?.end();
      throw reply;
    }
    return this.opened(reply);
  }

  private prepare(freshSeed: Seed): Request {
    const { options } = this;
    const { dir, durability, world } = options;
    const journal = durability === 'process' ? this.makeJournal() : null;
    return {
      kind: 'open',
      dir,
      durability,
      bootId: options.bootId ?? bootIdOf(world.random),
      journal: journal?.ref ?? null,
      journalPrefix: journal?.prefix ?? '',
      freshSeed,
      wallMs: this.wallMs,
      bytesMax: this.settings.diskBytesMax,
      pageCountMax: this.settings.pageCountMax,
    };
  }

  private makeJournal() {
    const { dir, journalDir, journalIo, world } = this.options;
    try {
      fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
      const made = journalRefFor(journalDir ?? journalDirFor(dir), dir, world.random);
      this.journal = new Journal({
        ref: made.ref,
        bytesMax: this.settings.journalBytesMax,
        newestBatch: () => this.batches.newest,
        hurry: () => void world.scheduler.soon(() => this.flush()),
        ...(journalIo && { io: journalIo }),
      });
      return made;
    } catch (error) {
      throw new DiskFailure('unusable', `journal: ${messageOf(error)}`);
    }
  }

  private opened(reply: OpenedReply): DiskBoot {
    this.state = 'open';
    this.seed = reply.seed;
    this.floors.set(reply.floors);
    this.counters = reply.counters;
    this.reservedEnd = reply.epoch;
    this.dbMapKept = reply.dbMap;
    this.checkLater();
    const { epoch, dbMap, clean, emptyBecause, quarantined, lastWallMs } = reply;
    return { epoch, dbMap, rows: reply.counters.rows, clean, emptyBecause, quarantined, lastWallMs };
  }

  /**
   * `clean`: everything gathered is written, and the file marked as closed in order; false if that was not possible within
   * `closeWithinMs`. Without `clean` it stops as if killed (the journal stays).
   */
  async close(clean = true): Promise<boolean> {
    const wasOpen = this.state === 'open';
    const done = clean && wasOpen && (await this.drain());
    this.state = 'closed';
    this.cancelCheck();
    this.stopWaiting();
    this.journal?.close(done);
    this.journal = null;
    await this.link?.end();
    return done || !wasOpen;
  }

  private drain(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.options.world.scheduler.after(this.settings.closeWithinMs, () => resolve(false));
      this.whenClosed = (clean) => {
        cancel();
        resolve(clean);
      };
      this.state = 'closing';
      this.batches.send(true);
      this.link!.send({ kind: 'close', wallMs: this.wallMs });
    });
  }

  // --- reading -----------------------------------------------------------------------------------------------------

  rowId(db: number, key: Bytes): number {
    return rowIdOf(this.seed, db, key);
  }

  /**
   * The newest row of the key, expired or not, or null. All reads of a loop turn travel in one message. What was killed,
   * flushed or replaced since it was asked for is not given. Rejects with DiskFailure `reads-full`.
   */
  read(db: number, key: Bytes): Promise<Stored | null> {
    if (this.state !== 'open') return Promise.resolve(null);
    const id = this.rowId(db, key);
    if (this.batches.touches(id)) this.batches.send(true);
    if (!this.reads.isGathering) this.options.world.scheduler.soon(() => this.sendReads());
    return this.reads.add(id, db, key);
  }

  private sendReads(): void {
    if (!this.reads.isGathering || this.state !== 'open') return;
    const ids = this.reads.take();
    this.link!.send({ kind: 'read', ids }, [ids.buffer as ArrayBuffer]);
  }

  /** Every row's key and metadata, in no order of use. The next page is read when the last one is settled. */
  loadDirectory(onPage: OnPage<DirectoryRow>): Promise<void> {
    return this.state === 'open' ? this.pager.directory(this.settings.pageRowsMax, onPage) : Promise.resolve();
  }

  loadTags(onPage: OnPage<[name: string, hardEpoch: number]>): Promise<void> {
    return this.state === 'open' ? this.pager.tags(this.settings.pageRowsMax, onPage) : Promise.resolve();
  }

  loadEdges(onPage: OnPage<Edge>): Promise<void> {
    return this.state === 'open' ? this.pager.edges(this.settings.pageRowsMax, onPage) : Promise.resolve();
  }

  /** The rows of the saved heat list with their values, most used first. They may have died since: compare versions. */
  heat(): AsyncGenerator<Stored, void> {
    return this.pager.heat(this.settings.heatPageRowsMax);
  }

  /** Saves a part of the list of row ids, most used first; `last` drops what an older list has beyond it. Takes `ids`. */
  saveHeat(chunk: number, ids: Float64Array, last: boolean): void {
    if (this.state !== 'open') return;
    this.link!.send({ kind: 'heat-save', chunk, ids, last }, [ids.buffer as ArrayBuffer]);
  }

  private sendPageRequest(request: Request): void {
    if (this.state !== 'open') {
      this.pager.stop();
      return;
    }
    this.batches.send(true);
    this.link!.send(request);
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  /** Whether rows should be written now: false while the worker is behind, the disk is full, or there is none. */
  acceptsBatch(): boolean {
    return this.state === 'open' && !this.isPaused && this.batches.keepsUp;
  }

  /** Adds a row to the batch. False, and counted as shed: the disk is full, or there is none. */
  writeRow(row: DiskRow): boolean {
    if (this.state !== 'open' || this.isPaused) {
      this.shed++;
      return false;
    }
    const { db, type, hits, version } = row;
    const id = this.rowId(db, row.key);
    const expiresWallMs = row.expiresAt + this.options.world.clock.wallOffsetMs;
    const fields = { db, type, hits, version, expiresWallMs };
    this.batches.forRow(id).put(id, fields, row.key, row.value, row.tags, row.sources);
    this.replaced(id, version);
    return true;
  }

  /** The row goes with the next batch if its version is not above `version`. A crash may bring it back: see `kill`. */
  deleteRow(db: number, key: Bytes, version: number): void {
    if (this.state !== 'open') return;
    const id = this.rowId(db, key);
    this.batches.forChange(id).kill(id, version + 1);
    this.replaced(id, version + 1);
  }

  /** After the next commit, no row of this key with a version below `version` is ever read again. */
  kill(db: number, key: Bytes, version: number): void {
    const id = this.rowId(db, key);
    if (this.state === 'open') {
      this.batches.forChange(id).kill(id, version);
      this.replaced(id, version);
    }
    this.records?.kill(id, version);
  }

  /** The tag's hard epoch; kept until `forgetTag`. Rows that carry it are judged by the reader. */
  tag(name: string, hardEpoch: number): void {
    if (this.state === 'open') this.batches.ops.tag(name, hardEpoch);
    this.records?.tag(name, hardEpoch);
  }

  /** No row on disk can carry the tag with an older version. Not durable at once: a crash may bring the tag back. */
  forgetTag(name: string): void {
    if (this.state === 'open') this.batches.ops.tagForget(name);
  }

  /** After the next commit, no row of the physical database with a version below `epoch` is ever read again. */
  flushDb(db: number, epoch: number): void {
    this.floors[db] = Math.max(this.floors[db]!, epoch);
    if (this.state === 'open') this.batches.ops.flush(db, epoch);
    this.records?.flush(db, epoch);
  }

  edge(add: boolean, db: number, source: string, dependent: string): void {
    if (this.state === 'open') this.batches.ops.edge(add, db, source, dependent);
    this.records?.edge(add, db, source, dependent);
  }

  clearEdges(db: number): void {
    if (this.state === 'open') this.batches.ops.edgesClear(db);
    this.records?.edgesClear(db);
  }

  /** 16 bytes: the physical database of each logical one. */
  dbMap(map: Uint8Array): void {
    this.dbMapKept = Uint8Array.from(map);
    if (this.state === 'open') this.batches.ops.dbMap(map);
    this.records?.dbMap(map);
  }

  /** To be told of every epoch before it is used: keeps a block ahead of it, so that no start begins below it. */
  reserveEpochs(next: number): void {
    if (next + this.settings.epochBlock / 2 < this.reservedEnd) return;
    this.reservedEnd = next + this.settings.epochBlock;
    if (this.state === 'open') this.batches.ops.epoch(this.reservedEnd);
    this.records?.epoch(this.reservedEnd);
  }

  /** Sends what was gathered, if the worker is not behind. */
  flush(): void {
    if (this.state === 'open') this.batches.send();
  }

  /** Settles when everything given before it is in the file. For tests and orderly stops. */
  async flushed(): Promise<void> {
    if (this.state !== 'open') return;
    const seq = this.batches.send(true);
    if (seq > this.batches.done) await this.applied(seq);
  }

  /**
   * Once a loop turn, before replies are written: makes durable what kill, tag, flushDb, edge, dbMap and reserveEpochs said.
   * Free when they said nothing. Throws, or rejects with, DiskFailure `not-durable`.
   */
  commit(): void | Promise<void> {
    if (!this.unsynced || this.state === 'new' || this.state === 'disabled' || this.state === 'closed') return;
    this.unsynced = false;
    const began = this.options.world.clock.fineMs();
    return whenReady(this.commitNow(), () => this.committed(began));
  }

  private commitNow(): void | Promise<void> {
    if (this.journal === null) return this.commitInFile();
    try {
      const waiting = this.journal.commit();
      if (waiting === undefined) return;
      if (this.state === 'stuck') throw new DiskFailure('not-durable', 'the journal is full');
      return waiting.catch((error: unknown) => this.journalFailed(error));
    } catch (error) {
      this.journalFailed(error);
    }
  }

  private commitInFile(): void | Promise<void> {
    if (this.state === 'stuck') throw new DiskFailure('not-durable', 'the disk layer could not be closed');
    const seq = this.batches.send();
    return seq > this.batches.done ? this.applied(seq) : undefined;
  }

  private applied(seq: number): Promise<void> {
    return new Promise((resolve, reject) => this.syncs.push({ seq, resolve, reject }));
  }

  private committed(began: number): void {
    const tookMs = this.options.world.clock.fineMs() - began;
    this.commits.count++;
    this.commits.sumMs += tookMs;
    this.commits.maxMs = Math.max(this.commits.maxMs, tookMs);
  }

  /** Where this turn's records go; marks that there are some. */
  private get records() {
    this.unsynced = true;
    return this.journal?.records;
  }

  private replaced(id: number, version: number): void {
    this.reads.killed(id, version);
    this.pager.killed(id, version);
  }

  // --- what the worker says ----------------------------------------------------------------------------------------

  private receive(reply: Reply): void {
    switch (reply.kind) {
      case 'opened':
        this.whenOpened?.(reply);
        break;
      case 'refused':
        this.whenOpened?.(new DiskFailure(reply.code, reply.message));
        break;
      case 'rows':
        this.reads.answer(reply.count, reply.memory, this.options.world.clock.wallOffsetMs);
        break;
      case 'batch-done':
        this.batchDone(reply);
        break;
      case 'evicted':
        this.onEvicted(goneRows(reply.memory));
        break;
      case 'reset':
        this.wasReset(reply);
        break;
      case 'disabled':
        this.disable(reply.reason, reply.removed);
        break;
      case 'audited':
        this.audits.shift()?.(reply.problem);
        break;
      case 'closed':
        this.whenClosed?.(reply.clean);
        break;
      default:
        this.pager.answer(reply);
    }
  }

  private batchDone(reply: Extract<Reply, { kind: 'batch-done' }>): void {
    this.counters = reply.counters;
    this.batches.applied(reply.seq, reply.memory);
    if (!this.isLive) return;
    if (reply.full) this.pause();
    else if (!this.isPaused) this.pauseMs = FULL_PAUSE_MS_MIN;
    try {
      this.journal?.batchApplied(reply.seq);
    } catch (error) {
      this.journalFailed(error);
    }
    while (this.syncs.length > 0 && this.syncs[0]!.seq <= reply.seq) this.syncs.shift()!.resolve();
    if (this.syncs.length > 0) this.batches.send();
  }

  private wasReset({ generation, reason, quarantined }: Extract<Reply, { kind: 'reset' }>): void {
    this.options.world.log.error({ reason, quarantined }, 'disk layer began a new file');
    this.generation = generation;
    this.resets++;
    this.batches.clear();
    this.batches.ops.epoch(this.reservedEnd);
    if (this.dbMapKept !== null) this.batches.ops.dbMap(this.dbMapKept);
    this.onReset(reason);
    this.batches.send(true);
  }

  private workerDied(reason: string): void {
    this.whenOpened?.(new DiskFailure('unusable', reason));
    if (this.state === 'open') this.disable(reason, false);
    this.whenClosed?.(false);
  }

  private get isLive(): boolean {
    return this.state === 'open' || this.state === 'closing';
  }

  // --- when it breaks ----------------------------------------------------------------------------------------------

  /** The disk is full: rows are not tried again before a while. */
  private pause(): void {
    const { clock } = this.options.world;
    this.pausedUntil = clock.now + this.pauseMs;
    this.pauseMs = Math.min(this.pauseMs * 2, FULL_PAUSE_MS_MAX);
  }

  private get isPaused(): boolean {
    return this.options.world.clock.now < this.pausedUntil;
  }

  /** Without a journal nothing may be left that it should have guarded. Returns if so, throws otherwise. */
  private journalFailed(error: unknown): void {
    if (this.isLive) this.disable(`journal: ${messageOf(error)}`, false);
    else if (this.state === 'stuck') this.tryRemoval();
    if (this.state === 'stuck') throw new DiskFailure('not-durable', `journal: ${messageOf(error)}`);
  }

  private disable(reason: string, removed: boolean): void {
    if (!this.isLive) return;
    this.state = 'stuck';
    if (removed) this.state = 'disabled';
    else this.tryRemoval();
    const { state } = this;
    this.options.world.log.error({ reason, state }, 'disk layer disabled');
    this.stopWaiting();
    if (this.state === 'disabled') this.dropJournal();
    void this.link?.end();
    this.whenClosed?.(false);
    this.onDisabled(reason);
  }

  private tryRemoval(): void {
    try {
      destroyDatabase(this.options.dir, this.options.durability === 'power');
      this.state = 'disabled';
    } catch (error) {
      const path = databasePath(this.options.dir);
      this.options.world.log.error({ path, error: messageOf(error) }, 'disk layer could not be removed');
    }
  }

  private dropJournal(): void {
    this.journal?.close(true);
    this.journal = null;
  }

  /** Nobody is left waiting for the worker. */
  private stopWaiting(): void {
    this.reads.answerNothing();
    this.pager.stop();
    for (const audit of this.audits.splice(0)) audit('');
    const failure = new DiskFailure('not-durable', 'the disk layer could not be closed');
    const lost = this.state === 'stuck';
    for (const { resolve, reject } of this.syncs.splice(0)) {
      if (lost) reject(failure);
      else resolve();
    }
    this.journal?.fail(failure);
  }

  private checkLater(): void {
    this.cancelCheck = this.options.world.scheduler.after(this.settings.checkEveryMs, () => {
      if (this.state === 'open') this.link!.send({ kind: 'check', wallMs: this.wallMs });
      if (this.state === 'stuck') {
        this.tryRemoval();
        if (this.state !== 'stuck') this.dropJournal();
      }
      if (this.state === 'open' || this.state === 'stuck') this.checkLater();
    });
  }

  private get wallMs(): number {
    const { clock } = this.options.world;
    return clock.now + clock.wallOffsetMs;
  }

  // --- for people --------------------------------------------------------------------------------------------------

  /** Throws BrokenInvariant if the file disagrees with itself. Reads all of it. */
  async audit(): Promise<void> {
    if (this.state !== 'open') return;
    const problem = await new Promise<string>((resolve) => {
      this.audits.push(resolve);
      this.batches.send(true);
      this.link!.send({ kind: 'audit' });
    });
    if (problem !== '') throw new BrokenInvariant(`disk layer: ${problem}`);
  }

  stats() {
    const { counters, batches, reads } = this;
    return {
      state: this.state,
      rows: counters?.rows ?? 0,
      liveBytes: counters?.liveBytes ?? 0,
      fileBytes: counters?.fileBytes ?? 0,
      rowsWritten: counters?.rowsWritten ?? 0,
      writeErrors: counters?.writeErrors ?? 0,
      readErrors: counters?.readErrors ?? 0,
      checksumErrors: counters?.checksumErrors ?? 0,
      evicted: counters?.evicted ?? 0,
      workerBusyMs: counters?.busyMs ?? 0,
      shed: this.shed,
      resets: this.resets,
      queuedRows: batches.queuedRows,
      queuedBytes: batches.queuedBytes,
      batchesInFlight: batches.inFlight,
      readsQueued: reads.queued,
      readMessages: reads.messages,
      journalBytes: this.journal?.bytes ?? 0,
      commits: this.commits.count,
      commitMsSum: this.commits.sumMs,
      commitMsMax: this.commits.maxMs,
    };
  }
}

export type DiskStats = ReturnType<DiskLayer['stats']>;

function goneRows(memory: Uint8Array): GoneRow[] {
  const row = new RowReader(Buffer.from(memory.buffer, memory.byteOffset, memory.length));
  const rows: GoneRow[] = [];
  for (let at = 0; at < memory.length; at = row.headEnd) {
    row.point(at);
    rows.push({ db: row.db, key: row.key(), version: row.version });
  }
  return rows;
}
