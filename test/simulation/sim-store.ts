import { type OpVisitor, OpWriter, readOps } from '../../src/layers/disk/ops';
import { RowReader, softenHead } from '../../src/layers/disk/row';
import type { Seed } from '../../src/layers/disk/row-id';

interface SimRow {
  version: number;
  /** Head and value, packed. */
  packed: Buffer;
  headBytes: number;
}

/** What the SQLite file holds, as plain tables with the same rules. Buffers given are copied. */
export class SimStore implements OpVisitor {
  readonly rows = new Map<number, SimRow>();
  readonly tags = new Map<string, number>();
  readonly edges = new Map<string, { db: number; source: Buffer; dependent: Buffer }>();
  readonly floors = new Float64Array(32);
  readonly softTags = new Map<string, { epoch: number; atWallMs: number; staggerMs: number }>();
  readonly notes = new Map<string, Buffer>();
  heat: number[] = [];
  dbMapSaved: Uint8Array | null = null;
  epochEnd = 0;

  constructor(readonly seed: Seed) {}

  apply(batch: Buffer, start: number, end: number, withRows = true): void {
    readOps(batch, start, end, withRows ? this : new WithoutRows(this));
  }

  get versionMax(): number {
    let newest = 0;
    for (const row of this.rows.values()) newest = Math.max(newest, row.version);
    return newest;
  }

  idsAfter(after: number, rowsMax: number): number[] {
    const ids = [...this.rows.keys()].filter((id) => id > after);
    return ids.sort((a, b) => a - b).slice(0, rowsMax);
  }

  headOf(id: number): Buffer {
    const { packed, headBytes } = this.rows.get(id)!;
    return packed.subarray(0, headBytes);
  }

  /** Rows of a flushed database that died with it. */
  reclaim(): void {
    for (const [id, row] of this.rows) {
      const { db } = new RowReader(row.packed).point(0);
      if (row.version < this.floors[db]!) this.rows.delete(id);
    }
  }

  /** Deletes rows of lowest version; their heads. */
  evictOldest(count: number): Buffer {
    const oldest = [...this.rows].sort((a, b) => a[1].version - b[1].version).slice(0, count);
    const heads = oldest.map(([id]) => Buffer.from(this.headOf(id)));
    for (const [id] of oldest) this.rows.delete(id);
    return Buffer.concat(heads);
  }

  put(id: number, version: number, buf: Buffer, start: number, headEnd: number, valueEnd: number): void {
    const old = this.rows.get(id);
    if (old !== undefined && old.version > version) return;
    this.rows.set(id, { version, packed: Buffer.from(buf.subarray(start, valueEnd)), headBytes: headEnd - start });
  }

  kill(id: number, version: number): void {
    const old = this.rows.get(id);
    if (old !== undefined && old.version < version) this.rows.delete(id);
  }

  tag(name: Buffer, hardEpoch: number): void {
    const known = name.toString('latin1');
    this.tags.set(known, Math.max(hardEpoch, this.tags.get(known) ?? 0));
  }

  tagSoft(name: Buffer, epoch: number, atWallMs: number, staggerMs: number): void {
    const known = name.toString('latin1');
    const before = this.softTags.get(known)?.epoch ?? 0;
    if (epoch <= before) return;
    if (before > 0) this.tag(name, before);
    this.softTags.set(known, { epoch, atWallMs, staggerMs });
  }

  soften(id: number, version: number, staleWallMs: number): void {
    const row = this.rows.get(id);
    if (row !== undefined && row.version < version) softenHead(row.packed.subarray(0, row.headBytes), staleWallMs);
  }

  tagForget(name: Buffer): void {
    this.tags.delete(name.toString('latin1'));
    this.softTags.delete(name.toString('latin1'));
  }

  flush(db: number, epoch: number): void {
    this.floors[db] = Math.max(epoch, this.floors[db]!);
  }

  edge(add: boolean, db: number, source: Buffer, dependent: Buffer): void {
    const name = `${db} ${source.toString('latin1')} ${dependent.toString('latin1')}`;
    if (add) this.edges.set(name, { db, source: Buffer.from(source), dependent: Buffer.from(dependent) });
    else this.edges.delete(name);
  }

  edgesClear(db: number): void {
    for (const [name, edge] of this.edges) if (edge.db === db) this.edges.delete(name);
  }

  dbMap(map: Buffer): void {
    this.dbMapSaved = new Uint8Array(map);
  }

  epoch(reservedEnd: number): void {
    this.epochEnd = Math.max(this.epochEnd, reservedEnd);
  }

  note(name: Buffer, value: Buffer): void {
    this.notes.set(name.toString('latin1'), Buffer.from(value));
  }

  noteDelete(name: Buffer): void {
    this.notes.delete(name.toString('latin1'));
  }

  /** A page of a table as ops. */
  page(write: (ops: OpWriter) => void): Uint8Array {
    const ops = new OpWriter(new ArrayBuffer(256));
    write(ops);
    return new Uint8Array(ops.buf.subarray(0, ops.length));
  }
}

/** The disk is full: what would be stored dies instead, all else is applied. */
class WithoutRows implements OpVisitor {
  tag;
  tagForget;
  flush;
  edge;
  edgesClear;
  dbMap;
  epoch;
  kill;
  noteDelete;
  tagSoft;
  soften;

  constructor(private readonly store: SimStore) {
    this.tag = store.tag.bind(store);
    this.tagForget = store.tagForget.bind(store);
    this.flush = store.flush.bind(store);
    this.edge = store.edge.bind(store);
    this.edgesClear = store.edgesClear.bind(store);
    this.dbMap = store.dbMap.bind(store);
    this.epoch = store.epoch.bind(store);
    this.kill = store.kill.bind(store);
    this.noteDelete = store.noteDelete.bind(store);
    this.tagSoft = store.tagSoft.bind(store);
    this.soften = store.soften.bind(store);
  }

  note(name: Buffer, value: Buffer, isBulk: boolean): void {
    if (!isBulk) this.store.note(name, value);
  }

  put(id: number, version: number): void {
    this.store.kill(id, version);
  }
}
