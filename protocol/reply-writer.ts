import { doubleText } from './double-text';

const CR = 13;
const LF = 10;
const ZERO = 48;
const CRLF = 0x0d0a;
/** The longest `:`, `$`, `*` ... line that integers make, with room to spare. */
const LINE_BYTES_MAX = 32;
/** Texts up to here are written a character at a time; the native write costs more than it saves. */
const SHORT_TEXT_CHARS = 48;

/*
 * How bytes are copied: ns a copy on Node 20 at odd offsets, warm source, one run (another load moves it by a half).
 *
 *     bytes                            3    16    32    64   100   128   256   512  1024
 *     byte loop                        9    17    31    57    89   108   230   387   771
 *     Buffer.copy                     54    78    51    57    57    49    54    58    92
 *     set(subarray)                   61    77    51    98   103    52    53    59   108
 *     set(new Uint8Array)             44    42    39    58    66    42    40    47    77
 *     DataView, 4 words a step         7     8     9    13    26    20    29    52    95
 *     DataView, BigInt64               8    34    68   131   327   277   481   954  1893
 *
 * So words serve buffers that live long (the memory layer's pages, the read buffer): they carry a view of themselves.
 */
const WORDS_BYTES_MAX = 512;
const LOOP_BYTES_MAX = 40;

/** A buffer that carries a DataView of itself, as long-lived ones do. */
interface Viewed extends Buffer {
  view?: DataView;
}

function viewOf(buf: Buffer): DataView {
  return new DataView(buf.buffer, buf.byteOffset, buf.length);
}

/**
 * Appends replies to an arena that grows. What was written is known by its offsets, which stay valid when the arena grows
 * (the bytes move to a larger `buf`); `at` is where the next reply goes. How much may pile up is the caller's limit.
 *
 * `proto` chooses the shapes: what RESP2 has no type for is written as Redis does. Text is latin1: one character a byte.
 */
export class ReplyWriter {
  buf: Buffer;
  at = 0;
  proto: 2 | 3 = 2;
  private view: DataView;
  private initial: Buffer;

  constructor(initialBytes: number) {
    this.buf = this.initial = Buffer.allocUnsafeSlow(Math.max(initialBytes, LINE_BYTES_MAX));
    this.view = viewOf(this.buf);
  }

  /** Forgets what was written, and gives grown memory back. */
  reset(): void {
    this.at = 0;
    if (this.buf !== this.initial) {
      this.buf = this.initial;
      this.view = viewOf(this.buf);
    }
  }

  /** Leaves the arena to whoever still sends from it, and begins a new one. */
  renew(): void {
    this.initial = Buffer.allocUnsafeSlow(this.initial.length);
    this.buf = this.initial;
    this.reset();
    this.view = viewOf(this.buf);
  }

  ok(): void {
    this.reserve(LINE_BYTES_MAX);
    this.view.setInt32(this.at, 0x2b4f4b0d); // +OK\r
    this.buf[this.at + 4] = LF;
    this.at += 5;
  }

  /** `+text`. CR and LF become spaces, so that nobody's bytes end the line early. */
  simple(text: string): void {
    this.textLine(43, text);
  }

  /** `-line`, the whole line with its code: `ERR syntax error`. CR and LF become spaces. */
  error(line: string): void {
    this.textLine(45, line);
  }

  integer(value: number | bigint): void {
    if (typeof value === 'number') this.numberLine(58, value);
    else this.textLine(58, value.toString());
  }

  bulk(bytes: { buf: Buffer; start: number; end: number }): void {
    this.run(bytes.buf, bytes.start, bytes.end);
  }

  /** Whole replies, written before. */
  raw(bytes: Buffer): void {
    this.reserve(bytes.length);
    bytes.copy(this.buf, this.at);
    this.at += bytes.length;
  }

  bulkBuffer(buf: Buffer): void {
    this.run(buf, 0, buf.length);
  }

  bulkText(text: string): void {
    this.reserve(text.length + LINE_BYTES_MAX);
    this.numberLine(36, text.length);
    this.chars(text);
    this.lineEnd();
  }

  /** There is no value: `$-1`, in RESP3 `_`. */
  nil(): void {
    if (this.proto === 3) this.textLine(95, '');
    else this.textLine(36, '-1');
  }

  /** There is no array (an aborted EXEC): `*-1`, in RESP3 `_`. */
  nilArray(): void {
    if (this.proto === 3) this.textLine(95, '');
    else this.textLine(42, '-1');
  }

  /** Head of an array; `count` replies follow. */
  array(count: number): void {
    this.numberLine(42, count);
  }

  /** Head of a map; `pairs` times a name and a value follow. RESP2: a flat array. */
  map(pairs: number): void {
    if (this.proto === 3) this.numberLine(37, pairs);
    else this.numberLine(42, 2 * pairs);
  }

  /** Head of a set. RESP2: an array. */
  set(count: number): void {
    this.numberLine(this.proto === 3 ? 126 : 42, count);
  }

  /** Head of an out-of-band message. RESP2: an array. */
  push(count: number): void {
    this.numberLine(this.proto === 3 ? 62 : 42, count);
  }

  /** RESP2: a bulk string. */
  double(value: number): void {
    const text = doubleText(value);
    if (this.proto === 3) this.textLine(44, text);
    else this.bulkText(text);
  }

  /** Text with a format of three letters (`txt`, `mkd`). RESP2: a bulk string. */
  verbatim(format: string, text: string): void {
    if (this.proto === 2) {
      this.bulkText(text);
      return;
    }
    this.reserve(text.length + 2 * LINE_BYTES_MAX);
    this.numberLine(61, text.length + 4);
    this.chars(`${format}:`);
    this.chars(text);
    this.lineEnd();
  }

  /** RESP2: 1 or 0. */
  boolean(value: boolean): void {
    if (this.proto === 3) this.textLine(35, value ? 't' : 'f');
    else this.numberLine(58, value ? 1 : 0);
  }

  /** An integer of any size. RESP2: a bulk string. */
  bignum(value: bigint): void {
    if (this.proto === 3) this.textLine(40, value.toString());
    else this.bulkText(value.toString());
  }

  private run(from: Buffer, start: number, end: number): void {
    const length = end - start;
    this.reserve(length + LINE_BYTES_MAX);
    this.numberLine(36, length);
    const at = this.at;
    const view = (from as Viewed).view;
    if (view !== undefined && length <= WORDS_BYTES_MAX) copyWords(view, start, this.view, at, length);
    else if (length <= LOOP_BYTES_MAX) copyBytes(from, start, this.buf, at, length);
    else this.buf.set(new Uint8Array(from.buffer, from.byteOffset + start, length), at);
    this.at = at + length;
    this.lineEnd();
  }

  /** `type`, a whole number, CRLF. */
  private numberLine(type: number, value: number): void {
    this.reserve(LINE_BYTES_MAX);
    const { buf } = this;
    let at = this.at;
    buf[at++] = type;
    if (value >= 0 && value < 1000) {
      if (value >= 100) buf[at++] = ZERO + ((value / 100) | 0);
      if (value >= 10) buf[at++] = ZERO + (((value / 10) | 0) % 10);
      buf[at++] = ZERO + (value % 10);
      this.at = at;
    } else {
      this.at = at;
      this.chars(String(value));
    }
    this.lineEnd();
  }

  private textLine(type: number, text: string): void {
    this.reserve(text.length + LINE_BYTES_MAX);
    this.buf[this.at++] = type;
    const from = this.at;
    this.chars(text);
    const { buf, at } = this;
    for (let i = from; i < at; i++) if (buf[i] === CR || buf[i] === LF) buf[i] = 32;
    this.lineEnd();
  }

  private chars(text: string): void {
    const { buf, at } = this;
    const length = text.length;
    if (length > SHORT_TEXT_CHARS) buf.write(text, at, length, 'latin1');
    else for (let i = 0; i < length; i++) buf[at + i] = text.charCodeAt(i);
    this.at = at + length;
  }

  private lineEnd(): void {
    this.view.setUint16(this.at, CRLF);
    this.at += 2;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes > this.buf.length) this.grow(bytes);
  }

  private grow(bytes: number): void {
    const { buf, at } = this;
    this.buf = Buffer.allocUnsafeSlow(Math.max(2 * buf.length, at + bytes));
    buf.copy(this.buf, 0, 0, at);
    this.view = viewOf(this.buf);
  }
}

function copyBytes(from: Buffer, start: number, to: Buffer, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}

/** Both ends in 32-bit words, four a step. */
function copyWords(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let s = start;
  let t = at;
  const end = start + length;
  for (const last = end - 15; s < last; s += 16, t += 16) {
    to.setInt32(t, from.getInt32(s, true), true);
    to.setInt32(t + 4, from.getInt32(s + 4, true), true);
    to.setInt32(t + 8, from.getInt32(s + 8, true), true);
    to.setInt32(t + 12, from.getInt32(s + 12, true), true);
  }
  for (const last = end - 3; s < last; s += 4, t += 4) to.setInt32(t, from.getInt32(s, true), true);
  for (; s < end; s++, t++) to.setUint8(t, from.getUint8(s));
}
