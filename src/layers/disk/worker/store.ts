import type { Database } from 'better-sqlite3';
import { crc32 } from '../checksum';
import { codeOf } from '../failure';
import type { WorkerCounters } from '../messages';
import { IgnoreOps, type OpVisitor, readOps } from '../ops';
import { sealHead, softenHead, soundHeadBytes } from '../row';
import type { Seed } from '../row-id';
import type { Meta } from './schema';
import { APPLIED } from './trust';

/** What SQLite adds to a row: cell and index entry, and the share of pages that are not full. */
const ROW_OVERHEAD_BYTES = 48;

const SIZE = `length(head) + length(value) + ${ROW_OVERHEAD_BYTES}`;

export interface ReadRow {
  head: Buffer;
  value: Buffer;
  checksum: number;
}

/** The statements over the file, and the counts that stay exact because they are saved in each transaction. */
export class Store implements OpVisitor {
  rows: number;
  liveBytes: number;
  /** Transactions of this class in the file, ever: tells later whether it lost any. */
  applied: number;
  readonly floors = new Float64Array(32);
  readonly counted: Pick<WorkerCounters, 'rowsWritten' | 'writeErrors' | 'readErrors' | 'checksumErrors' | 'evicted'> =
    {
      rowsWritten: 0,
      writeErrors: 0,
      readErrors: 0,
      checksumErrors: 0,
      evicted: 0,
    };
  /** Set by an op that leaves rows to reclaim. */
  flushed = false;
  private changed = false;
  private readonly sql;

  constructor(
    readonly db: Database,
    readonly meta: Meta,
    readonly seed: Seed,
  ) {
    this.rows = meta.number('rows');
    this.liveBytes = meta.number('live_bytes');
    this.applied = meta.number(APPLIED);
    this.sql = prepare(db);
    for (const [of, version] of this.sql.floors.all() as [number, number][]) this.floors[of] = version;
  }

  /**
   * One transaction. When the disk is full the rows are left out (their older versions die, so that nothing outlives its
   * replacement) and everything else is applied; throws if even that is impossible.
   * @returns false if the rows were left out
   */
  apply(batch: Buffer, start: number, end: number, wallMs: number): boolean {
    try {
      this.transaction(() => readOps(batch, start, end, this), wallMs);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_FULL') throw error;
      this.counted.writeErrors++;
    }
    const withoutRows: OpVisitor = new WithoutRows(this);
    this.transaction(() => readOps(batch, start, end, withoutRows), wallMs);
    return false;
  }

  /** Whatever is written, except to `meta`. Saves the counts if something changed, and takes them back if it fails. */
  transaction(run: () => void, wallMs = 0): void {
    const { rows, liveBytes } = this;
    const { rowsWritten } = this.counted;
    this.changed = false;
    this.sql.begin.run();
    try {
      run();
      if (this.changed) this.saveCounts(wallMs);
      this.meta.set(APPLIED, this.applied + 1);
      this.sql.commit.run();
      this.applied++;
    } catch (error) {
      this.rows = rows;
      this.liveBytes = liveBytes;
      this.counted.rowsWritten = rowsWritten;
      if (this.db.inTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  private saveCounts(wallMs: number): void {
    this.meta.set('rows', this.rows);
    this.meta.set('live_bytes', this.liveBytes);
    if (wallMs > 0) this.meta.set('wall_ms', wallMs);
  }

  read(id: number): ReadRow | undefined {
    return this.sql.read.get(id) as ReadRow | undefined;
  }

  /** Deletes a row that is no good; on a full disk it stays, and is no good the next time too. */
  discard(id: number): void {
    try {
      this.transaction(() => this.kill(id, Number.MAX_SAFE_INTEGER));
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_FULL') throw error;
    }
  }

  /** Pages in use, whether by rows or not. */
  get fileBytes(): number {
    const pages = (this.sql.pageCount.get() as number) - (this.sql.freePages.get() as number);
    return pages * (this.sql.pageSize.get() as number);
  }

  get versionMax(): number {
    return (this.sql.versionMax.get() as number | null) ?? 0;
  }

  /** Deletes the rows of lowest version; returns their heads, as far as they are sound. */
  evictOldest(rowsMax: number): Buffer[] {
    const heads: Buffer[] = [];
    this.transaction(() => {
      for (const [head, bytes] of this.sql.evict.all(rowsMax) as [Buffer, number][]) {
        if (soundHeadBytes(head, 0) === head.length) heads.push(head);
        this.gone(bytes);
        this.counted.evicted++;
      }
    });
    return heads;
  }

  /** Deletes dead rows of a flushed database among `rowsMax` rows after `after`; returns the last id seen, -1 at the end. */
  reclaim(db: number, after: number, rowsMax: number): number {
    const [last, seen] = this.sql.slice.get(after, rowsMax) as [number | null, number];
    if (last !== null) {
      this.transaction(() => {
        const dead = this.sql.reclaim.all(after, last, this.floors[db]!, Buffer.from([db])) as number[];
        for (const bytes of dead) this.gone(bytes);
      });
    }
    return last === null || seen < rowsMax ? -1 : last;
  }

  reclaimed(db: number): void {
    this.transaction(() => this.sql.reclaimed.run(db, this.floors[db]!));
  }

  unreclaimed(): number[] {
    return this.sql.unreclaimed.all() as number[];
  }

  private gone(bytes: number): void {
    this.rows--;
    this.liveBytes -= bytes;
    this.changed = true;
  }

  // --- OpVisitor ---------------------------------------------------------------------------------------------------

  put(id: number, version: number, buf: Buffer, start: number, headEnd: number, valueEnd: number): void {
    const old = this.sql.size.get(id) as [number, number] | undefined;
    if (old !== undefined) {
      if (old[1] > version) return;
      this.gone(old[0]);
    }
    sealHead(buf.subarray(start, headEnd));
    const checksum = crc32(buf.subarray(start, valueEnd));
    this.sql.put.run(id, version, checksum, buf.subarray(start, headEnd), buf.subarray(headEnd, valueEnd));
    this.rows++;
    this.liveBytes += valueEnd - start + ROW_OVERHEAD_BYTES;
    this.counted.rowsWritten++;
    this.changed = true;
  }

  kill(id: number, version: number): void {
    const bytes = this.sql.kill.get(id, version) as number | undefined;
    if (bytes !== undefined) this.gone(bytes);
  }

  tag(name: Buffer, hardEpoch: number): void {
    this.sql.tag.run(name, hardEpoch);
  }

  tagSoft(name: Buffer, softEpoch: number, atWallMs: number, staggerMs: number): void {
    this.sql.tagSoft.run(name, softEpoch, atWallMs, staggerMs);
  }

  soften(id: number, version: number, staleWallMs: number): void {
    const row = this.sql.older.get(id, version) as [Buffer, Buffer] | undefined;
    if (row === undefined) return;
    const [head, value] = row;
    if (soundHeadBytes(head, 0) !== head.length || !softenHead(head, staleWallMs)) return;
    this.sql.rewrite.run(crc32(Buffer.concat([head, value])), head, id);
    this.changed = true;
  }

  tagForget(name: Buffer): void {
    this.sql.tagForget.run(name);
  }

  flush(db: number, epoch: number): void {
    if (epoch < this.floors[db]!) return;
    this.floors[db] = epoch;
    this.sql.floor.run(db, epoch);
    this.flushed = true;
  }

  edge(add: boolean, db: number, source: Buffer, dependent: Buffer): void {
    (add ? this.sql.edgeAdd : this.sql.edgeDelete).run(db, source, dependent);
  }

  edgesClear(db: number): void {
    this.sql.edgesClear.run(db);
  }

  dbMap(map: Buffer): void {
    this.meta.set('db_map', map);
  }

  epoch(reservedEnd: number): void {
    if (reservedEnd > this.meta.number('epoch')) this.meta.set('epoch', reservedEnd);
  }

  note(name: Buffer, value: Buffer): void {
    this.sql.note.run(name, crc32(value), value);
  }

  noteDelete(name: Buffer): void {
    this.sql.noteDelete.run(name);
  }

  noteSizes(): [name: string, sizeBytes: number][] {
    const rows = this.sql.noteSizes.all() as [Buffer, number][];
    return rows.map(([name, valueBytes]) => [name.toString('latin1'), name.length + valueBytes]);
  }
}

/** The disk is full: what would be stored dies instead. */
class WithoutRows extends IgnoreOps {
  constructor(private readonly store: Store) {
    super();
  }

  override put(id: number, version: number): void {
    this.store.kill(id, version);
  }

  override kill(id: number, version: number): void {
    this.store.kill(id, version);
  }

  override tag(name: Buffer, hardEpoch: number): void {
    this.store.tag(name, hardEpoch);
  }

  override tagSoft(name: Buffer, softEpoch: number, atWallMs: number, staggerMs: number): void {
    this.store.tagSoft(name, softEpoch, atWallMs, staggerMs);
  }

  /** It has the size it had. */
  override soften(id: number, version: number, staleWallMs: number): void {
    this.store.soften(id, version, staleWallMs);
  }

  override tagForget(name: Buffer): void {
    this.store.tagForget(name);
  }

  override flush(db: number, epoch: number): void {
    this.store.flush(db, epoch);
  }

  override edge(add: boolean, db: number, source: Buffer, dependent: Buffer): void {
    this.store.edge(add, db, source, dependent);
  }

  override edgesClear(db: number): void {
    this.store.edgesClear(db);
  }

  override dbMap(map: Buffer): void {
    this.store.dbMap(map);
  }

  override epoch(reservedEnd: number): void {
    this.store.epoch(reservedEnd);
  }

  /** What is worth little stays as it was. */
  override note(name: Buffer, value: Buffer, bulk: boolean): void {
    if (!bulk) this.store.note(name, value);
  }

  override noteDelete(name: Buffer): void {
    this.store.noteDelete(name);
  }
}

function prepare(db: Database) {
  const one = (sql: string) => db.prepare<unknown[], unknown>(sql).pluck();
  const raw = (sql: string) => db.prepare<unknown[], unknown>(sql).raw();
  const run = (sql: string) => db.prepare<unknown[]>(sql);
  return {
    begin: run('BEGIN IMMEDIATE'),
    commit: run('COMMIT'),
    read: run('SELECT CAST(head AS BLOB) head, CAST(value AS BLOB) value, checksum FROM entries WHERE id = ?'),
    size: raw(`SELECT ${SIZE}, version FROM entries WHERE id = ?`),
    put: run('INSERT OR REPLACE INTO entries (id, version, checksum, head, value) VALUES (?, ?, ?, ?, ?)'),
    kill: one(`DELETE FROM entries WHERE id = ? AND version < ? RETURNING ${SIZE}`),
    versionMax: one('SELECT max(version) FROM entries'),
    evict: raw(
      `DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY version LIMIT ?) RETURNING CAST(head AS BLOB), ${SIZE}`,
    ),
    slice: raw('SELECT max(id), count(*) FROM (SELECT id FROM entries WHERE id > ? ORDER BY id LIMIT ?)'),
    reclaim: one(
      `DELETE FROM entries WHERE id > ? AND id <= ? AND version < ? AND substr(head, 1, 1) = ? RETURNING ${SIZE}`,
    ),
    tag: run(
      'INSERT INTO tags (name, hard_epoch) VALUES (?, ?) ' +
        'ON CONFLICT DO UPDATE SET hard_epoch = max(hard_epoch, excluded.hard_epoch)',
    ),
    tagSoft: run(
      'INSERT INTO tags (name, hard_epoch, soft_epoch, soft_wall_ms, stagger_ms) VALUES (?, 0, ?, ?, ?) ON CONFLICT DO UPDATE ' +
        'SET hard_epoch = max(hard_epoch, soft_epoch), ' +
        'soft_epoch = excluded.soft_epoch, soft_wall_ms = excluded.soft_wall_ms, stagger_ms = excluded.stagger_ms ' +
        'WHERE excluded.soft_epoch > soft_epoch',
    ),
    older: raw('SELECT CAST(head AS BLOB), CAST(value AS BLOB) FROM entries WHERE id = ? AND version < ?'),
    rewrite: run('UPDATE entries SET checksum = ?, head = ? WHERE id = ?'),
    tagForget: run('DELETE FROM tags WHERE name = ?'),
    floors: raw('SELECT db, version FROM floors'),
    floor: run('INSERT OR REPLACE INTO floors (db, version, reclaimed) VALUES (?, ?, 0)'),
    reclaimed: run('UPDATE floors SET reclaimed = 1 WHERE db = ? AND version = ?'),
    unreclaimed: one('SELECT db FROM floors WHERE reclaimed = 0'),
    edgeAdd: run('INSERT OR IGNORE INTO edges (db, source, dependent) VALUES (?, ?, ?)'),
    edgeDelete: run('DELETE FROM edges WHERE db = ? AND source = ? AND dependent = ?'),
    edgesClear: run('DELETE FROM edges WHERE db = ?'),
    note: run('INSERT OR REPLACE INTO notes (name, checksum, value) VALUES (?, ?, ?)'),
    noteDelete: run('DELETE FROM notes WHERE name = ?'),
    noteSizes: raw('SELECT CAST(name AS BLOB), length(value) FROM notes'),
    pageCount: one('PRAGMA page_count'),
    freePages: one('PRAGMA freelist_count'),
    pageSize: one('PRAGMA page_size'),
  };
}
