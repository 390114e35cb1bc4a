import { Span } from '../../base/bytes';
import { crc32 } from './checksum';

/**
 * A row as bytes, the same in a batch, in the file (column `head`, then column `value`) and in an answer, so that one
 * checksum over one run covers key, metadata and value:
 *
 *     0 db u8 | 1 type u8 | 2 check u16 | 4 hits u32 | 8 expires f64 (wall ms, Infinity: never) | 16 version f64
 *     24 key bytes u32 | 28 tags bytes u32 | 32 sources bytes u32 | 36 value bytes u32
 *     40 fill epoch f64 | [48 grace f64, ms, if the high bit of `type` is set] | key, tags, sources | value
 *
 * `check` is the low half of the head's own checksum (taken with `check` zero), because heads are also read without values.
 * Tags and sources are lists: for each a length (u32) and its bytes. Little-endian.
 */
const HEAD_BYTES = 48;
const GRACE_BYTES = 8;
/** In `type`: there is a grace. Rows without one are as they were before there was any. */
const HAS_GRACE = 0x80;

const AT_CHECK = 2;
const AT_HITS = 4;
const AT_EXPIRES = 8;
const AT_VERSION = 16;
const AT_KEY = 24;
const AT_TAGS = 28;
const AT_SOURCES = 32;
const AT_VALUE = 36;
const AT_FILL_EPOCH = 40;
const AT_GRACE = 48;

export interface RowFields {
  db: number;
  type: number;
  hits: number;
  expiresWallMs: number;
  version: number;
  /** When the making of the value began. */
  fillEpoch: number;
  /** 0 for none. */
  graceMs: number;
}

/** Bytes of the fixed part. */
export function headBytes(row: RowFields): number {
  return row.graceMs > 0 ? HEAD_BYTES + GRACE_BYTES : HEAD_BYTES;
}

function fixedBytesOf(type: number): number {
  return (type & HAS_GRACE) === 0 ? HEAD_BYTES : HEAD_BYTES + GRACE_BYTES;
}

const NO_STRINGS: readonly string[] = [];

export function listBytes(list: readonly string[]): number {
  let bytes = 0;
  for (const item of list) bytes += 4 + item.length;
  return bytes;
}

/** Returns the first byte after the list. */
export function writeList(buf: Buffer, at: number, list: readonly string[]): number {
  for (const item of list) {
    buf.writeUInt32LE(item.length, at);
    buf.write(item, at + 4, 'latin1');
    at += 4 + item.length;
  }
  return at;
}

function readList(buf: Buffer, start: number, end: number): readonly string[] {
  if (start >= end) return NO_STRINGS;
  const list: string[] = [];
  for (let at = start; at < end; ) {
    const length = buf.readUInt32LE(at);
    list.push(buf.toString('latin1', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return list;
}

/** Writes the fixed part; key, tags, sources and value follow it. */
export function writeHead(
  view: DataView,
  at: number,
  row: RowFields,
  keyBytes: number,
  tagsBytes: number,
  sourcesBytes: number,
  valueBytes: number,
): void {
  view.setUint8(at, row.db);
  view.setUint8(at + 1, row.graceMs > 0 ? row.type | HAS_GRACE : row.type);
  if (row.graceMs > 0) view.setFloat64(at + AT_GRACE, row.graceMs, true);
  view.setUint16(at + AT_CHECK, 0, true);
  view.setUint32(at + AT_HITS, row.hits, true);
  view.setFloat64(at + AT_EXPIRES, row.expiresWallMs, true);
  view.setFloat64(at + AT_VERSION, row.version, true);
  view.setFloat64(at + AT_FILL_EPOCH, row.fillEpoch, true);
  view.setUint32(at + AT_KEY, keyBytes, true);
  view.setUint32(at + AT_TAGS, tagsBytes, true);
  view.setUint32(at + AT_SOURCES, sourcesBytes, true);
  view.setUint32(at + AT_VALUE, valueBytes, true);
}

/** Reads packed rows one after another without making an object for each: `point` moves it. */
export class RowReader {
  db = 0;
  type = 0;
  hits = 0;
  expiresWallMs = 0;
  version = 0;
  fillEpoch = 0;
  graceMs = 0;
  keyStart = 0;
  keyEnd = 0;
  sourcesStart = 0;
  headEnd = 0;
  valueLength = 0;
  private readonly view: DataView;

  constructor(readonly buf: Buffer) {
    this.view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  }

  point(at: number): this {
    const { view } = this;
    this.db = view.getUint8(at);
    const type = view.getUint8(at + 1);
    this.type = type & ~HAS_GRACE;
    this.graceMs = (type & HAS_GRACE) === 0 ? 0 : view.getFloat64(at + AT_GRACE, true);
    this.hits = view.getUint32(at + AT_HITS, true);
    this.expiresWallMs = view.getFloat64(at + AT_EXPIRES, true);
    this.version = view.getFloat64(at + AT_VERSION, true);
    this.fillEpoch = view.getFloat64(at + AT_FILL_EPOCH, true);
    this.keyStart = at + fixedBytesOf(type);
    this.keyEnd = this.keyStart + view.getUint32(at + AT_KEY, true);
    this.sourcesStart = this.keyEnd + view.getUint32(at + AT_TAGS, true);
    this.headEnd = this.sourcesStart + view.getUint32(at + AT_SOURCES, true);
    this.valueLength = view.getUint32(at + AT_VALUE, true);
    return this;
  }

  /** A view of the key, its own object. */
  key(): Span {
    return new Span(this.buf, this.keyStart, this.keyEnd);
  }

  tags(): readonly string[] {
    return readList(this.buf, this.keyEnd, this.sourcesStart);
  }

  sources(): readonly string[] {
    return readList(this.buf, this.sourcesStart, this.headEnd);
  }
}

/** First byte of the value of the packed row at `at`. */
export function headEndOf(view: DataView, at: number): number {
  return (
    at +
    fixedBytesOf(view.getUint8(at + 1)) +
    view.getUint32(at + AT_KEY, true) +
    view.getUint32(at + AT_TAGS, true) +
    view.getUint32(at + AT_SOURCES, true)
  );
}

export function valueBytesOf(view: DataView, at: number): number {
  return view.getUint32(at + AT_VALUE, true);
}

export function versionOf(view: DataView, at: number): number {
  return view.getFloat64(at + AT_VERSION, true);
}

/** The whole head's row is stale from then on at the latest; whether that changed it. `check` is filled in anew. */
export function softenHead(head: Buffer, staleWallMs: number): boolean {
  if (head.readDoubleLE(AT_EXPIRES) <= staleWallMs) return false;
  head.writeDoubleLE(staleWallMs, AT_EXPIRES);
  sealHead(head);
  return true;
}

/** Fills in `check`. `head` is the whole head. */
export function sealHead(head: Buffer): void {
  head.writeUInt16LE(0, AT_CHECK);
  head.writeUInt16LE(crc32(head) & 0xffff, AT_CHECK);
}

/** Length of the head that begins at `at`, or -1 if there is no whole and unchanged one. */
export function soundHeadBytes(buf: Buffer, at: number): number {
  if (at + HEAD_BYTES > buf.length) return -1;
  const lists = buf.readUInt32LE(at + AT_KEY) + buf.readUInt32LE(at + AT_TAGS) + buf.readUInt32LE(at + AT_SOURCES);
  const bytes = fixedBytesOf(buf[at + 1]!) + lists;
  if (at + bytes > buf.length) return -1;
  const head = buf.subarray(at, at + bytes);
  const check = head.readUInt16LE(AT_CHECK);
  head.writeUInt16LE(0, AT_CHECK);
  const sound = (crc32(head) & 0xffff) === check;
  head.writeUInt16LE(check, AT_CHECK);
  return sound ? bytes : -1;
}
