import type { Bytes } from '../../base/bytes';
import { headBytes, headEndOf, listBytes, type RowFields, valueBytesOf, versionOf, writeHead, writeList } from './row';

/**
 * What happens to the file, as bytes: the language of batches (main to worker), of the journal, and of pages of tags and
 * edges (worker to main). One byte says which; numbers are little-endian; the numbers are on disk and never change meaning.
 */
const PUT = 1;
const KILL = 2;
const TAG = 3;
const TAG_FORGET = 4;
const FLUSH = 5;
const EDGE_ADD = 6;
const EDGE_DEL = 7;
const EDGES_CLEAR = 8;
const DBMAP = 9;
const EPOCH = 10;
const NOTE = 11;
const NOTE_DEL = 12;
/** As NOTE, but the first thing to be left out when the disk is full. */
const NOTE_BULK = 13;
const TAG_SOFT = 16;
const SOFTEN = 17;

export const DBMAP_BYTES = 16;

export interface OpVisitor {
  /** The packed row is from `start` to `valueEnd`, its head ends at `headEnd`. */
  put(id: number, version: number, buf: Buffer, start: number, headEnd: number, valueEnd: number): void;
  /** The row dies if its version is below. */
  kill(id: number, version: number): void;
  tag(name: Buffer, hardEpoch: number): void;
  /** The newest soft invalidation of a tag: wall milliseconds, and its stagger. */
  tagSoft(name: Buffer, softEpoch: number, atWallMs: number, staggerMs: number): void;
  /** A row with a version below is stale from that moment on. */
  soften(id: number, version: number, staleWallMs: number): void;
  tagForget(name: Buffer): void;
  /** Rows of the physical database with a version below are dead. */
  flush(db: number, epoch: number): void;
  edge(add: boolean, db: number, source: Buffer, dependent: Buffer): void;
  edgesClear(db: number): void;
  dbMap(map: Buffer): void;
  epoch(reservedEnd: number): void;
  note(name: Buffer, value: Buffer, bulk: boolean): void;
  noteDelete(name: Buffer): void;
}

/** What remains when nothing matters: a base for visitors that look for a few kinds only. */
export class IgnoreOps implements OpVisitor {
  put(_id: number, _version: number, _buf: Buffer, _start: number, _headEnd: number, _valueEnd: number): void {}
  kill(_id: number, _version: number): void {}
  tag(_name: Buffer, _hardEpoch: number): void {}
  tagSoft(_name: Buffer, _softEpoch: number, _atWallMs: number, _staggerMs: number): void {}
  soften(_id: number, _version: number, _staleWallMs: number): void {}
  tagForget(_name: Buffer): void {}
  flush(_db: number, _epoch: number): void {}
  edge(_add: boolean, _db: number, _source: Buffer, _dependent: Buffer): void {}
  edgesClear(_db: number): void {}
  dbMap(_map: Buffer): void {}
  epoch(_reservedEnd: number): void {}
  note(_name: Buffer, _value: Buffer, _bulk: boolean): void {}
  noteDelete(_name: Buffer): void {}
}

export class OpWriter {
  buf: Buffer;
  length = 0;
  count = 0;
  private view: DataView;

  /** `prefixBytes` are left free at the front, for a frame. */
  constructor(
    memory: ArrayBuffer,
    private readonly prefixBytes: number = 0,
  ) {
    this.buf = Buffer.from(memory);
    this.view = new DataView(memory);
    this.length = prefixBytes;
  }

  clear(): void {
    this.length = this.prefixBytes;
    this.count = 0;
  }

  put(id: number, row: RowFields, key: Bytes, value: Bytes, tags: readonly string[], sources: readonly string[]): void {
    const keyBytes = key.end - key.start;
    const tagsBytes = listBytes(tags);
    const sourcesBytes = listBytes(sources);
    const valueBytes = value.end - value.start;
    const fixedBytes = headBytes(row);
    let at = this.begin(PUT, 8 + fixedBytes + keyBytes + tagsBytes + sourcesBytes + valueBytes);
    this.view.setFloat64(at, id, true);
    writeHead(this.view, at + 8, row, keyBytes, tagsBytes, sourcesBytes, valueBytes);
    at += 8 + fixedBytes;
    at += key.buf.copy(this.buf, at, key.start, key.end);
    at = writeList(this.buf, at, tags);
    at = writeList(this.buf, at, sources);
    value.buf.copy(this.buf, at, value.start, value.end);
  }

  kill(id: number, version: number): void {
    const at = this.begin(KILL, 16);
    this.view.setFloat64(at, id, true);
    this.view.setFloat64(at + 8, version, true);
  }

  tag(name: string | Buffer, hardEpoch: number): void {
    const at = this.begin(TAG, 12 + name.length);
    this.view.setFloat64(at, hardEpoch, true);
    this.bytes(at + 8, name);
  }

  tagSoft(name: string | Buffer, softEpoch: number, atWallMs: number, staggerMs: number): void {
    const at = this.begin(TAG_SOFT, 28 + name.length);
    this.view.setFloat64(at, softEpoch, true);
    this.view.setFloat64(at + 8, atWallMs, true);
    this.view.setFloat64(at + 16, staggerMs, true);
    this.bytes(at + 24, name);
  }

  soften(id: number, version: number, staleWallMs: number): void {
    const at = this.begin(SOFTEN, 24);
    this.view.setFloat64(at, id, true);
    this.view.setFloat64(at + 8, version, true);
    this.view.setFloat64(at + 16, staleWallMs, true);
  }

  tagForget(name: string): void {
    this.bytes(this.begin(TAG_FORGET, 4 + name.length), name);
  }

  flush(db: number, epoch: number): void {
    const at = this.begin(FLUSH, 9);
    this.view.setFloat64(at, epoch, true);
    this.view.setUint8(at + 8, db);
  }

  edge(add: boolean, db: number, source: string | Buffer, dependent: string | Buffer): void {
    const at = this.begin(add ? EDGE_ADD : EDGE_DEL, 9 + source.length + dependent.length);
    this.view.setUint8(at, db);
    this.bytes(this.bytes(at + 1, source), dependent);
  }

  edgesClear(db: number): void {
    const at = this.begin(EDGES_CLEAR, 1);
    this.view.setUint8(at, db);
  }

  dbMap(map: Uint8Array): void {
    const at = this.begin(DBMAP, DBMAP_BYTES);
    this.buf.set(map.subarray(0, DBMAP_BYTES), at);
  }

  epoch(reservedEnd: number): void {
    const at = this.begin(EPOCH, 8);
    this.view.setFloat64(at, reservedEnd, true);
  }

  note(name: string | Buffer, value: Buffer, bulk: boolean): void {
    const at = this.begin(bulk ? NOTE_BULK : NOTE, 8 + name.length + value.length);
    this.bytes(this.bytes(at, name), value);
  }

  noteDelete(name: string): void {
    this.bytes(this.begin(NOTE_DEL, 4 + name.length), name);
  }

  private bytes(at: number, bytes: string | Buffer): number {
    this.view.setUint32(at, bytes.length, true);
    if (typeof bytes === 'string') this.buf.write(bytes, at + 4, 'latin1');
    else this.buf.set(bytes, at + 4);
    return at + 4 + bytes.length;
  }

  /** Room for one op; returns where its payload goes. It may replace `view`: take that afterwards. */
  private begin(op: number, payloadBytes: number): number {
    const end = this.length + 1 + payloadBytes;
    if (end > this.buf.length) this.grow(end);
    const at = this.length;
    this.buf[at] = op;
    this.length = end;
    this.count++;
    return at + 1;
  }

  private grow(bytes: number): void {
    const memory = new ArrayBuffer(Math.max(bytes, this.buf.length * 2));
    const larger = Buffer.from(memory);
    this.buf.copy(larger, 0, 0, this.length);
    this.buf = larger;
    this.view = new DataView(memory);
  }
}

/** Calls the visitor for every op in order. The buffers it gets are views. */
export function readOps(buf: Buffer, start: number, end: number, visitor: OpVisitor): void {
  const view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  let at = start;
  const taken = (): Buffer => {
    const length = view.getUint32(at, true);
    at += 4 + length;
    return buf.subarray(at - length, at);
  };
  while (at < end) {
    switch (buf[at++]) {
      case PUT: {
        const row = at + 8;
        const headEnd = headEndOf(view, row);
        const valueEnd = headEnd + valueBytesOf(view, row);
        visitor.put(view.getFloat64(at, true), versionOf(view, row), buf, row, headEnd, valueEnd);
        at = valueEnd;
        break;
      }
      case KILL:
        visitor.kill(view.getFloat64(at, true), view.getFloat64(at + 8, true));
        at += 16;
        break;
      case TAG: {
        const epoch = view.getFloat64(at, true);
        at += 8;
        visitor.tag(taken(), epoch);
        break;
      }
      case TAG_SOFT: {
        const from = at;
        at += 24;
        const name = taken();
        visitor.tagSoft(
          name,
          view.getFloat64(from, true),
          view.getFloat64(from + 8, true),
          view.getFloat64(from + 16, true),
        );
        break;
      }
      case SOFTEN:
        visitor.soften(view.getFloat64(at, true), view.getFloat64(at + 8, true), view.getFloat64(at + 16, true));
        at += 24;
        break;
      case TAG_FORGET:
        visitor.tagForget(taken());
        break;
      case FLUSH:
        visitor.flush(view.getUint8(at + 8), view.getFloat64(at, true));
        at += 9;
        break;
      case EDGE_ADD:
      case EDGE_DEL: {
        const add = buf[at - 1] === EDGE_ADD;
        const db = buf[at++]!;
        const source = taken();
        visitor.edge(add, db, source, taken());
        break;
      }
      case EDGES_CLEAR:
        visitor.edgesClear(buf[at++]!);
        break;
      case DBMAP:
        visitor.dbMap(buf.subarray(at, (at += DBMAP_BYTES)));
        break;
      case EPOCH:
        visitor.epoch(view.getFloat64(at, true));
        at += 8;
        break;
      case NOTE:
      case NOTE_BULK: {
        const bulk = buf[at - 1] === NOTE_BULK;
        const name = taken();
        visitor.note(name, taken(), bulk);
        break;
      }
      case NOTE_DEL:
        visitor.noteDelete(taken());
        break;
      default:
        throw new RangeError(`no such op: ${buf[at - 1]} at ${at - 1}`);
    }
  }
}
