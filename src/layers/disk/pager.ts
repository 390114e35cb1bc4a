import type { Bytes } from '../../base/bytes';
import { whenReady } from '../../base/when-ready';
import type { Stored } from '../layer';
import type { ReplyOf, Request } from './messages';
import { IgnoreOps, readOps } from './ops';
import { storedOf } from './reads';
import { RowReader } from './row';

/** A row of the file without its value. The key is a view, good until the page is settled. */
export interface DirectoryRow {
  db: number;
  key: Bytes;
  type: number;
  valueLength: number;
  /** Clock milliseconds, or NEVER. */
  expiresAt: number;
  version: number;
  fillEpoch: number;
  /** 0 for none. */
  graceMs: number;
  tags: readonly string[];
  sources: readonly string[];
  hits: number;
}

/** A tag's newest invalidations; 0 where there was none. */
export type TagEpochs = readonly [name: string, hardEpoch: number, soft: SoftEpoch | null];
export interface SoftEpoch {
  epoch: number;
  /** Clock milliseconds. */
  atMs: number;
  staggerMs: number;
}

export type Edge = readonly [db: number, source: string, dependent: string];
export type OnPage<T> = (page: T[]) => void | Promise<void>;

export interface PagerOptions {
  /** Puts a request behind everything that was written before it. */
  send: (request: Request) => void;
  wallOffsetMs: () => number;
  rowId: (db: number, key: Bytes) => number;
  /** For each physical database: rows of a lower version are dead. */
  floors: Float64Array;
}

type PageKind = 'directory-page' | 'tags-page' | 'edges-page' | 'notes-page' | 'heat-page';
type PageReply = ReplyOf<PageKind>;

/**
 * Reads whole tables, a page at a time; the next is asked for when the last is settled, and only one is on its way at a
 * time. A row that dies while its page is on its way is not delivered.
 */
export class Pager {
  private turn: Promise<unknown> = Promise.resolve();
  private waiting: ((reply: PageReply | null) => void) | null = null;
  private readonly died = new Map<number, number>();

  constructor(private readonly options: PagerOptions) {}

  killed(id: number, version: number): void {
    if (this.waiting !== null) this.died.set(id, Math.max(version, this.died.get(id) ?? 0));
  }

  answer(reply: PageReply): void {
    this.settle(reply);
  }

  /** There is no disk any more: every table ends here. */
  stop(): void {
    this.settle(null);
  }

  async directory(rowsMax: number, onPage: OnPage<DirectoryRow>): Promise<void> {
    for (let after = -1; ; ) {
      const done = await this.page<'directory-page'>({ kind: 'directory', after, rowsMax }, (page) => {
        after = page.after;
        return onPage(this.directoryRows(page.memory));
      });
      if (done) return;
    }
  }

  /** Rows with values, hottest first. */
  async *heat(rowsMax: number): AsyncGenerator<Stored, void> {
    let rows: Stored[] = [];
    for (let after = { chunk: 0, offset: 0 }; ; ) {
      const done = await this.page<'heat-page'>({ kind: 'heat', after, rowsMax }, (page) => {
        after = page.after;
        rows = page.done ? [] : this.storedRows(page.memory);
      });
      if (done) return;
      yield* rows;
    }
  }

  async tags(rowsMax: number, onPage: OnPage<TagEpochs>): Promise<void> {
    for (let after: Uint8Array = new Uint8Array(0); ; ) {
      const done = await this.page<'tags-page'>({ kind: 'tags', after, rowsMax }, (page) => {
        after = page.after;
        return onPage(tagsIn(page.memory, this.options.wallOffsetMs()));
      });
      if (done) return;
    }
  }

  async edges(rowsMax: number, onPage: OnPage<Edge>): Promise<void> {
    for (let after: ReplyOf<'edges-page'>['after'] = null; ; ) {
      const done = await this.page<'edges-page'>({ kind: 'edges', after, rowsMax }, (page) => {
        after = page.after;
        return onPage(edgesIn(page.memory));
      });
      if (done) return;
    }
  }

  async notes(prefix: string, rowsMax: number, onPage: OnPage<[name: string, value: Buffer]>): Promise<void> {
    for (let after = ''; ; ) {
      const done = await this.page<'notes-page'>({ kind: 'notes', prefix, after, rowsMax }, (page) => {
        after = page.after;
        return onPage(notesIn(page.memory));
      });
      if (done) return;
    }
  }

  /** One request, one page, in turn with the other tables. True when there is no more. */
  private page<K extends PageKind>(
    request: Request,
    deliver: (page: ReplyOf<K>) => void | Promise<void>,
  ): Promise<boolean> {
    const run = (): Promise<boolean> =>
      new Promise((resolve, reject) => {
        // Delivered in the turn in which it came: what dies later, the receiver sees die.
        this.waiting = (reply) => {
          try {
            resolve(reply === null || whenReady(deliver(reply as ReplyOf<K>), () => reply.done));
          } catch (error) {
            reject(error);
          }
        };
        this.options.send(request);
      });
    const result = this.turn.then(run);
    this.turn = result.catch(() => {});
    return result;
  }

  private settle(reply: PageReply | null): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.(reply);
  }

  private isDead(row: RowReader): boolean {
    if (row.version < this.options.floors[row.db]!) return true;
    if (this.died.size === 0) return false;
    return row.version < (this.died.get(this.options.rowId(row.db, row.key())) ?? 0);
  }

  private directoryRows(memory: Uint8Array): DirectoryRow[] {
    const row = readerOf(memory);
    const offset = this.options.wallOffsetMs();
    const rows: DirectoryRow[] = [];
    for (let at = 0; at < memory.length; at = row.headEnd) {
      if (this.isDead(row.point(at))) continue;
      rows.push({
        db: row.db,
        key: row.key(),
        type: row.type,
        valueLength: row.valueLength,
        expiresAt: row.expiresWallMs - offset,
        version: row.version,
        fillEpoch: row.fillEpoch,
        graceMs: row.graceMs,
        tags: row.tags(),
        sources: row.sources(),
        hits: row.hits,
      });
    }
    this.died.clear();
    return rows;
  }

  private storedRows(memory: Uint8Array): Stored[] {
    const row = readerOf(memory);
    const offset = this.options.wallOffsetMs();
    const rows: Stored[] = [];
    for (let at = 1; at <= memory.length; at = row.headEnd + row.valueLength + 1) {
      if (this.isDead(row.point(at))) continue;
      rows.push(storedOf(row, row.buf.subarray(row.keyStart, row.keyEnd), offset));
    }
    this.died.clear();
    return rows;
  }
}

function readerOf(memory: Uint8Array): RowReader {
  return new RowReader(Buffer.from(memory.buffer, memory.byteOffset, memory.length));
}

function tagsIn(memory: Uint8Array, wallOffsetMs: number): TagEpochs[] {
  const tags: TagEpochs[] = [];
  class Collect extends IgnoreOps {
    override tag(name: Buffer, hardEpoch: number): void {
      tags.push([name.toString('latin1'), hardEpoch, null]);
    }
    override tagSoft(name: Buffer, epoch: number, atWallMs: number, staggerMs: number): void {
      tags.push([name.toString('latin1'), 0, { epoch, atMs: atWallMs - wallOffsetMs, staggerMs }]);
    }
  }
  readAll(memory, new Collect());
  return tags;
}

function edgesIn(memory: Uint8Array): Edge[] {
  const edges: Edge[] = [];
  class Collect extends IgnoreOps {
    override edge(_add: boolean, db: number, source: Buffer, dependent: Buffer): void {
      edges.push([db, source.toString('latin1'), dependent.toString('latin1')]);
    }
  }
  readAll(memory, new Collect());
  return edges;
}

function notesIn(memory: Uint8Array): [string, Buffer][] {
  const notes: [string, Buffer][] = [];
  class Collect extends IgnoreOps {
    override note(name: Buffer, value: Buffer): void {
      notes.push([name.toString('latin1'), value]);
    }
  }
  readAll(memory, new Collect());
  return notes;
}

/** The page as ops. */
function readAll(memory: Uint8Array, visitor: IgnoreOps): void {
  readOps(Buffer.from(memory.buffer, memory.byteOffset, memory.length), 0, memory.length, visitor);
}
