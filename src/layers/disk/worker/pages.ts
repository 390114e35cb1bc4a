import type { Database } from 'better-sqlite3';
import { crc32 } from '../checksum';
import type { EdgeCursor, HeatCursor, Reply, ReplyOf } from '../messages';
import { OpWriter } from '../ops';
import { soundHeadBytes } from '../row';
import type { ReadRow, Store } from './store';

const ANSWER_BYTES_MAX = 1 << 20;
const ANSWER_START_BYTES = 16 << 10;
const ID_BYTES = 8;

/** Rows with their values, packed one after another; grows with what comes. */
class Answer {
  count = 0;
  length = 0;
  private buf = Buffer.from(new ArrayBuffer(ANSWER_START_BYTES));

  none(): void {
    this.room(1);
    this.buf[this.length++] = 0;
    this.count++;
  }

  /** False, and nothing added, if the checksum does not match. */
  row({ head, value, checksum }: ReadRow): boolean {
    this.room(1 + head.length + value.length);
    const start = this.length + 1;
    head.copy(this.buf, start);
    value.copy(this.buf, start + head.length);
    const end = start + head.length + value.length;
    if (crc32(this.buf.subarray(start, end)) !== checksum) return false;
    this.buf[this.length] = 1;
    this.length = end;
    this.count++;
    return true;
  }

  get full(): boolean {
    return this.length >= ANSWER_BYTES_MAX;
  }

  take(): Uint8Array {
    const { buf, length } = this;
    this.buf = Buffer.from(new ArrayBuffer(ANSWER_START_BYTES));
    this.length = 0;
    this.count = 0;
    return new Uint8Array(buf.buffer, 0, length);
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buf.length) return;
    const larger = Buffer.from(new ArrayBuffer(Math.max(this.length + bytes, this.buf.length * 2)));
    this.buf.copy(larger, 0, 0, this.length);
    this.buf = larger;
  }
}

type TagRow = [name: Buffer, hardEpoch: number, softEpoch: number, atWallMs: number, staggerMs: number];

/** Answers reads, and the tables a page at a time. No iterator outlives a call. */
export class Pages {
  private readonly sql;

  constructor(private readonly store: Store) {
    this.sql = prepare(store.db);
  }

  /** Answers in the order asked, in messages of about a megabyte. */
  read(ids: Float64Array, post: (reply: ReplyOf<'rows'>) => void): void {
    const answer = new Answer();
    const flush = () => post({ kind: 'rows', count: answer.count, memory: answer.take() });
    for (const id of ids) {
      if (!this.add(answer, id)) answer.none();
      if (answer.full) flush();
    }
    if (answer.count > 0) flush();
  }

  private add(answer: Answer, id: number): boolean {
    const row = this.store.read(id);
    if (row === undefined) return false;
    if (answer.row(row)) return true;
    this.store.counted.checksumErrors++;
    this.store.discard(id);
    return false;
  }

  /** Heads one after another: SQLite joins them, which is several times as fast as fetching them one by one. */
  directory(after: number, rowsMax: number): ReplyOf<'directory-page'> {
    const [heads, last, count] = this.sql.heads.get(after, rowsMax) as [Buffer | null, number | null, number];
    const memory = new Uint8Array(heads ?? []);
    checkHeads(heads);
    return { kind: 'directory-page', memory, after: last ?? after, done: count < rowsMax };
  }

  tags(after: Uint8Array, rowsMax: number): ReplyOf<'tags-page'> {
    const rows = this.sql.tags.all(Buffer.from(after), rowsMax) as TagRow[];
    const page = new OpWriter(new ArrayBuffer(ANSWER_START_BYTES));
    for (const [name, hardEpoch, softEpoch, atWallMs, staggerMs] of rows) {
      if (hardEpoch > 0) page.tag(name, hardEpoch);
      if (softEpoch > 0) page.tagSoft(name, softEpoch, atWallMs, staggerMs);
    }
    const last = rows.at(-1)?.[0];
    return {
      kind: 'tags-page',
      memory: bytesOf(page),
      after: new Uint8Array(last ?? after),
      done: rows.length < rowsMax,
    };
  }

  edges(after: EdgeCursor | null, rowsMax: number): ReplyOf<'edges-page'> {
    const { db, source, dependent } = after ?? { db: -1, source: new Uint8Array(0), dependent: new Uint8Array(0) };
    const rows = this.sql.edges.all(db, Buffer.from(source), Buffer.from(dependent), rowsMax) as [
      number,
      Buffer,
      Buffer,
    ][];
    const page = new OpWriter(new ArrayBuffer(ANSWER_START_BYTES));
    for (const row of rows) page.edge(true, ...row);
    const last = rows.at(-1);
    const next = last && { db: last[0], source: new Uint8Array(last[1]), dependent: new Uint8Array(last[2]) };
    return { kind: 'edges-page', memory: bytesOf(page), after: next ?? after, done: rows.length < rowsMax };
  }

  /** Notes whose name begins so, in the order of their bytes, about a megabyte at a time; damaged ones are left out. */
  notes(prefix: string, after: string, rowsMax: number): ReplyOf<'notes-page'> {
    const page = new OpWriter(new ArrayBuffer(ANSWER_START_BYTES));
    const from = Buffer.from(after === '' ? prefix : after, 'latin1');
    let last = after;
    let seen = 0;
    for (const row of this.sql.notes.iterate(from) as IterableIterator<[Buffer, number, Buffer]>) {
      const [name, checksum, value] = row;
      const text = name.toString('latin1');
      if (!text.startsWith(prefix)) break;
      if (text === after) continue;
      if (seen++ === rowsMax || page.length >= ANSWER_BYTES_MAX) {
        return { kind: 'notes-page', memory: bytesOf(page), after: last, done: false };
      }
      last = text;
      if (crc32(value) === checksum) page.note(name, value, false);
      else this.store.counted.checksumErrors++;
    }
    return { kind: 'notes-page', memory: bytesOf(page), after: last, done: true };
  }

  saveHeat(chunk: number, ids: Float64Array, last: boolean): void {
    this.store.transaction(() => {
      this.sql.heatSave.run(chunk, Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength));
      if (last) this.sql.heatCut.run(chunk);
    });
  }

  /** Rows of the heat list, hottest first, as many as are there. */
  heat(from: HeatCursor, rowsMax: number): ReplyOf<'heat-page'> {
    const list = this.sql.heat.get(from.chunk) as Buffer | undefined;
    if (list === undefined) return { kind: 'heat-page', memory: new Uint8Array(0), after: from, done: true };
    const answer = new Answer();
    let at = from.offset;
    for (; at * ID_BYTES < list.length && answer.count < rowsMax && !answer.full; at++) {
      this.add(answer, list.readDoubleLE(at * ID_BYTES));
    }
    const after =
      at * ID_BYTES < list.length ? { chunk: from.chunk, offset: at } : { chunk: from.chunk + 1, offset: 0 };
    return { kind: 'heat-page', memory: answer.take(), after, done: false };
  }
}

/** Without sound heads it cannot be told where one ends: the file is damaged in a way that SQLite does not see. */
function checkHeads(heads: Buffer | null): void {
  for (let at = 0; heads !== null && at < heads.length; ) {
    const bytes = soundHeadBytes(heads, at);
    if (bytes < 0) throw Object.assign(new Error('a row head does not match its checksum'), { code: 'SQLITE_CORRUPT' });
    at += bytes;
  }
}

function bytesOf(page: OpWriter): Uint8Array {
  return page.buf.subarray(0, page.length);
}

/** What a reply may transfer instead of copy: its memory, unless it is part of something shared. */
export function transferOf(reply: Reply): ArrayBuffer[] {
  if (!('memory' in reply)) return [];
  if (reply.memory instanceof ArrayBuffer) return [reply.memory];
  const { buffer, byteOffset } = reply.memory;
  return byteOffset === 0 && buffer instanceof ArrayBuffer && buffer.byteLength > 0 ? [buffer] : [];
}

function prepare(db: Database) {
  const raw = (sql: string) => db.prepare<unknown[], unknown>(sql).raw();
  return {
    heads: raw(
      "SELECT CAST(group_concat(head, '') AS BLOB), max(id), count(*) " +
        'FROM (SELECT id, head FROM entries WHERE id > ? ORDER BY id LIMIT ?)',
    ),
    tags: raw(
      'SELECT CAST(name AS BLOB), hard_epoch, soft_epoch, soft_wall_ms, stagger_ms FROM tags WHERE name > ? ' +
        'ORDER BY name LIMIT ?',
    ),
    edges: raw(
      'SELECT db, CAST(source AS BLOB), CAST(dependent AS BLOB) FROM edges WHERE (db, source, dependent) > (?, ?, ?) ' +
        'ORDER BY db, source, dependent LIMIT ?',
    ),
    notes: raw('SELECT CAST(name AS BLOB), checksum, CAST(value AS BLOB) FROM notes WHERE name >= ? ORDER BY name'),
    heatSave: db.prepare<unknown[]>('INSERT OR REPLACE INTO heat (chunk, ids) VALUES (?, ?)'),
    heatCut: db.prepare<unknown[]>('DELETE FROM heat WHERE chunk > ?'),
    heat: db.prepare<unknown[], unknown>('SELECT ids FROM heat WHERE chunk = ?').pluck(),
  };
}
