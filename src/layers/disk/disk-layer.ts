import type { Bytes } from '../../base/bytes';
import { BrokenInvariant } from '../../base/fault';
import type { Stored } from '../layer';
import { Connection } from './connection';
import type { DiskEvents, GoneRow } from './events';
import type { DiskOptions } from './options';
import type { DirectoryRow, Edge, OnPage, TagEpochs } from './pager';
import { statsOf } from './stats';

export type { GoneRow } from './events';
export type { DiskOptions } from './options';
export type { DirectoryRow, Edge, OnPage, TagEpochs } from './pager';

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

export interface DiskRow {
  db: number;
  key: Bytes;
  value: Bytes;
  type: number;
  /** Clock milliseconds, or NEVER. */
  expiresAt: number;
  version: number;
  /** When the making of the value began; absent: `version`. */
  fillEpoch?: number;
  /** Absent or 0: none. */
  graceMs?: number;
  hits: number;
  tags: readonly string[];
  sources: readonly string[];
}

/**
 * The main side of the disk layer. Writes are gathered and go to the worker with `flush`; what must outlive a crash is
 * durable when `commit` returns or its promise settles. Versions and epochs are one increasing count of the node.
 * Once disabled, reads are misses, writes do nothing and commits are free: nothing old is left that could come back. Or it
 * is not gone, and is tried to be removed again and again: see `onDisabled`.
 */
export class DiskLayer implements DiskEvents {
  onEvicted: (rows: GoneRow[]) => void = () => {};
  onReset: (reason: string) => void = () => {};
  onKeepsUp: () => void = () => {};
  /**
   * Rows may die later than they are killed. Only for who knows of every row and reads none that it killed: set once the
   * directory is read.
   */
  defersKills = false;
  onDisabled: (reason: string, isGone: boolean) => void = () => {};
  onGone: () => void = () => {};

  private readonly connection: Connection;
  private rowsShed = 0;

  constructor(private readonly options: DiskOptions) {
    this.connection = new Connection(options, this);
  }

  private get isOpen(): boolean {
    return this.connection.state === 'open';
  }

  /** Returns as soon as the file is ours; a journal left by a crash is applied before any read is answered. Throws DiskFailure. */
  async open(): Promise<DiskBoot> {
    const opened = await this.connection.open();
    const { epoch, dbMap, clean, emptyBecause, quarantined, lastWallMs, counters } = opened;
    return { epoch, dbMap, rows: counters.rows, clean, emptyBecause, quarantined, lastWallMs };
  }

  /**
   * `clean`: everything gathered is written, and the file marked as closed in order; false if that was not possible within
   * `closeWithinMs`. Without `clean` it stops as if killed (the journal stays).
   */
  close(clean = true): Promise<boolean> {
    return this.connection.close(clean);
  }

  // --- reading -----------------------------------------------------------------------------------------------------

  /** Names the key's row, for the heat list. */
  rowId(db: number, key: Bytes): number {
    return this.connection.rowId(db, key);
  }

  /**
   * The newest row of the key, expired or not, or null. All reads of a loop turn travel in one message. What was killed,
   * flushed or replaced since it was asked for is not given. Rejects with DiskFailure `reads-full`.
   */
  read(db: number, key: Bytes): Promise<Stored | null> {
    if (!this.isOpen) return Promise.resolve(null);
    const { batches, reads } = this.connection;
    const id = this.rowId(db, key);
    if (batches.touches(id)) batches.send(true);
    if (!reads.isGathering) this.options.world.scheduler.soon(() => this.connection.sendReads());
    return reads.add(id, db, key);
  }

  /** Every row's key and metadata, in no order of use. The next page is read when the last one is settled. */
  async loadDirectory(onPage: OnPage<DirectoryRow>): Promise<void> {
    if (this.isOpen) await this.connection.pager.directory(this.connection.settings.pageRowsMax, onPage);
  }

  async loadTags(onPage: OnPage<TagEpochs>): Promise<void> {
    if (this.isOpen) await this.connection.pager.tags(this.connection.settings.pageRowsMax, onPage);
  }

  async loadEdges(onPage: OnPage<Edge>): Promise<void> {
    if (this.isOpen) await this.connection.pager.edges(this.connection.settings.pageRowsMax, onPage);
  }

  /** Notes whose name begins so, in the order of their bytes. The values are the receiver's to keep. */
  async loadNotes(prefix: string, each: (name: string, value: Buffer) => void): Promise<void> {
    if (!this.isOpen) return;
    const { pager, settings } = this.connection;
    await pager.notes(prefix, settings.pageRowsMax, (page) => {
      for (const [name, value] of page) each(name, value);
    });
  }

  /** The rows of the saved heat list with their values, most used first. They may have died since: compare versions. */
  async *heat(): AsyncGenerator<Stored, void> {
    if (this.isOpen) yield* this.connection.pager.heat(this.connection.settings.heatPageRowsMax);
  }

  /** Saves a part of the list of row ids, most used first; `last` drops what an older list has beyond it. Takes `ids`. */
  saveHeat(chunk: number, ids: Float64Array, last: boolean): void {
    if (this.isOpen) this.connection.saveHeat(chunk, ids, last);
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  /** Whether rows should be written now: false while the worker is behind, the disk is full, or there is none. */
  acceptsBatch(): boolean {
    const { connection } = this;
    return this.isOpen && !connection.isPaused && connection.batches.keepsUp;
  }

  /** Adds a row to the batch. False, and counted as shed: the disk is full, or there is none. */
  writeRow(row: DiskRow): boolean {
    const { connection } = this;
    if (!this.isOpen || connection.isPaused) {
      this.rowsShed++;
      return false;
    }
    const { db, type, hits, version } = row;
    const id = this.rowId(db, row.key);
    const expiresWallMs = row.expiresAt + this.options.world.clock.wallOffsetMs;
    const { fillEpoch = version, graceMs = 0 } = row;
    const fields = { db, type, hits, version, expiresWallMs, fillEpoch, graceMs };
    connection.batches.forRow(id).put(id, fields, row.key, row.value, row.tags, row.sources);
    this.replaced(id, version);
    return true;
  }

  /** The row goes with the next batch if its version is not above `version`. A crash may bring it back: see `kill`. */
  deleteRow(db: number, key: Bytes, version: number): void {
    if (this.isOpen) this.killRow(this.rowId(db, key), version + 1, this.defersKills);
  }

  /** After the next commit, no row of this key with a version below `version` is ever read again. */
  kill(db: number, key: Bytes, version: number): void {
    const { records } = this.connection.commits;
    const id = this.rowId(db, key);
    if (this.isOpen) this.killRow(id, version, this.defersKills && records !== undefined);
    records?.kill(id, version);
  }

  /** The tag's hard epoch; kept until `forgetTags`. Rows that carry it are judged by the reader. */
  tag(name: string, hardEpoch: number): void {
    const { batches, commits } = this.connection;
    if (this.isOpen) batches.ops.tag(name, hardEpoch);
    commits.records?.tag(name, hardEpoch);
  }

  /** The tag's newest soft invalidation, at clock milliseconds; kept as `tag` is. */
  tagSoft(name: string, softEpoch: number, atMs: number, staggerMs: number): void {
    const { batches, commits } = this.connection;
    const atWallMs = atMs + this.options.world.clock.wallOffsetMs;
    if (this.isOpen) batches.ops.tagSoft(name, softEpoch, atWallMs, staggerMs);
    commits.records?.tagSoft(name, softEpoch, atWallMs, staggerMs);
  }

  /** After the next commit, a row of this key with a version below `version` is stale from that moment on. */
  soften(db: number, key: Bytes, version: number, staleAtMs: number): void {
    const { batches, commits } = this.connection;
    const id = this.rowId(db, key);
    const staleWallMs = staleAtMs + this.options.world.clock.wallOffsetMs;
    if (this.isOpen) batches.forChange(id).soften(id, version, staleWallMs);
    commits.records?.soften(id, version, staleWallMs);
  }

  /**
   * No row on disk can carry one of the tags with an older version. Not durable at once: a crash may bring the tags back;
   * so does a restart if a million of them wait already.
   */
  forgetTags(names: readonly string[]): void {
    const { batches, kills } = this.connection;
    if (!this.isOpen) return;
    kills.after(names.length, () => {
      for (const name of names) batches.ops.tagForget(name);
    });
  }

  /** After the next commit, no row of the physical database with a version below `epoch` is ever read again. */
  flushDb(db: number, epoch: number): void {
    const { batches, commits, floors } = this.connection;
    floors[db] = Math.max(floors[db]!, epoch);
    if (this.isOpen) batches.ops.flush(db, epoch);
    commits.records?.flush(db, epoch);
  }

  edge(add: boolean, db: number, source: string, dependent: string): void {
    const { batches, commits } = this.connection;
    if (this.isOpen) batches.ops.edge(add, db, source, dependent);
    commits.records?.edge(add, db, source, dependent);
  }

  clearEdges(db: number): void {
    const { batches, commits } = this.connection;
    if (this.isOpen) batches.ops.edgesClear(db);
    commits.records?.edgesClear(db);
  }

  /**
   * Keeps the bytes under the name (latin1), in place of what was there; copied during the call. `bulk`: not durable at
   * once, a crash may bring back what was there, and the first thing to be left out when the disk is full. False, and
   * nothing is kept: the limits `NOTE_NAME_BYTES_MAX`, `NOTE_BYTES_MAX`, `notesMax`, `notesBytesMax` do not allow it.
   * After a reset (`onReset`) notes must be told anew.
   */
  saveNote(name: string, value: Buffer, bulk = false): boolean {
    return this.connection.notes.save(name, value, bulk, this.isOpen);
  }

  deleteNote(name: string): void {
    this.connection.notes.delete(name, this.isOpen);
  }

  /** 16 bytes: the physical database of each logical one. */
  dbMap(map: Uint8Array): void {
    const { connection } = this;
    connection.dbMap = Uint8Array.from(map);
    if (this.isOpen) connection.batches.ops.dbMap(map);
    connection.commits.records?.dbMap(map);
  }

  /** To be told of every epoch before it is used: keeps a block ahead of it, so that no start begins below it. */
  reserveEpochs(next: number): void {
    const { connection } = this;
    const { epochBlock } = connection.settings;
    if (next + epochBlock / 2 < connection.epochsReservedEnd) return;
    const end = next + epochBlock;
    connection.epochsReservedEnd = end;
    if (this.isOpen) connection.batches.ops.epoch(end);
    connection.commits.records?.epoch(end);
  }

  private killRow(id: number, version: number, isDeferred: boolean): void {
    if (isDeferred) this.connection.kills.push(id, version);
    else this.connection.batches.forChange(id).kill(id, version);
    this.replaced(id, version);
  }

  private replaced(id: number, version: number): void {
    this.connection.reads.killed(id, version);
    this.connection.pager.killed(id, version);
  }

  /** Deaths of rows that the file has not been told of yet. */
  get killsWaiting(): number {
    return this.connection.kills.length;
  }

  /** Adds up to `count` of them to the batch; how many. */
  sendKills(count: number): number {
    return this.isOpen ? this.connection.kills.send(count) : 0;
  }

  /** Sends what was gathered, if the worker is not behind. */
  flush(): void {
    if (this.isOpen) this.connection.batches.send();
  }

  /** Settles when everything given before it is in the file. For tests and orderly stops. */
  async flushed(): Promise<void> {
    if (!this.isOpen) return;
    this.connection.kills.sendAll();
    await this.connection.commits.applied(this.connection.batches.send(true));
  }

  /**
   * Once a loop turn, before replies are written: makes durable what kill, tag, flushDb, edge, saveNote, dbMap and reserveEpochs said.
   * Free when they said nothing. Throws, or rejects with, DiskFailure `not-durable`.
   */
  commit(): void | Promise<void> {
    const { state, commits } = this.connection;
    if (state === 'open' || state === 'stuck') return commits.commit(state === 'stuck');
  }

  // --- for people --------------------------------------------------------------------------------------------------

  /** Throws BrokenInvariant if the file disagrees with itself. Reads all of it. */
  async audit(): Promise<void> {
    const problem = this.isOpen ? await this.connection.audit() : '';
    if (problem !== '') throw new BrokenInvariant(`disk layer: ${problem}`);
  }

  /** Counters as of the last batch; bytes, rows and milliseconds. */
  stats() {
    return statsOf(this.connection, this.rowsShed);
  }
}

export type DiskStats = ReturnType<DiskLayer['stats']>;
