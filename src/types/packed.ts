import { type Bytes, Span } from '../base/bytes';
import { copyBytes, withView } from '../base/copy';

/**
 * A packed collection: [form][count, 4 bytes][element][element]...; an element is its length (one byte, or 255 and four)
 * and its bytes. Hashes have a field and a value in turn; sorted sets, before each member, eight bytes of score.
 */
export const HEAD_BYTES = 5;
/** In `form`: the collection once was more than what Redis keeps in its own packed forms. OBJECT ENCODING shows it. */
const WIDE = 1;
const FORM = 2;
const LONG = 255;

export const PACKED_EMPTY: Bytes = new Span(Buffer.from([FORM, 0, 0, 0, 0]));

export function countOf({ buf, start }: Bytes): number {
  return buf.readUInt32LE(start + 1);
}

export function isWide({ buf, start }: Bytes): boolean {
  return (buf[start]! & WIDE) !== 0;
}

/** Place and length of the element that was read last: no object for each. */
export class Cursor {
  /** First byte of the element. */
  at = 0;
  /** One past its last. */
  end = 0;

  /** Reads the element that begins, with its length, at `from`. */
  read(buf: Buffer, from: number): this {
    const length = buf[from]!;
    if (length < LONG) {
      this.at = from + 1;
      this.end = from + 1 + length;
    } else {
      this.at = from + 5;
      this.end = from + 5 + buf.readUInt32LE(from + 1);
    }
    return this;
  }

  text(buf: Buffer): string {
    return buf.toString('latin1', this.at, this.end);
  }
}

const found = new Cursor();

/**
 * Looks for an element equal to `wanted` among every `step`-th, each after `skip` bytes; the place where the element begins
 * (with what is skipped), or -1.
 */
export function findElement(bytes: Bytes, wanted: Bytes, step: number, skip = 0): number {
  const { buf, end } = bytes;
  const length = wanted.end - wanted.start;
  let at = bytes.start + HEAD_BYTES;
  let turn = 0;
  while (at < end) {
    found.read(buf, at + skip);
    if (turn === 0 && found.end - found.at === length && same(buf, found.at, wanted, length)) return at;
    at = found.end;
    if (++turn === step) turn = 0;
  }
  return -1;
}

function same(buf: Buffer, at: number, wanted: Bytes, length: number): boolean {
  const { buf: other, start } = wanted;
  for (let i = 0; i < length; i++) if (buf[at + i] !== other[start + i]) return false;
  return true;
}

export function elementBytes(length: number): number {
  return length < LONG ? 1 + length : 5 + length;
}

const BUFFER_BYTES = 64 * 1024;

/**
 * Where packed bytes are put together, in two buffers by turns: what was packed last may be read while the next is made of
 * it, and no longer.
 */
class Packer {
  private buf = withView(Buffer.allocUnsafeSlow(BUFFER_BYTES));
  private other = withView(Buffer.allocUnsafeSlow(BUFFER_BYTES));
  private at = 0;

  begin(): this {
    const last = this.buf;
    this.buf = this.other.length > BUFFER_BYTES ? withView(Buffer.allocUnsafeSlow(BUFFER_BYTES)) : this.other;
    this.other = last;
    this.at = HEAD_BYTES;
    return this;
  }

  text(text: string): void {
    const { length } = text;
    this.reserve(length + HEAD_BYTES);
    this.length(length);
    this.buf.write(text, this.at, length, 'latin1');
    this.at += length;
  }

  bytes({ buf, start, end }: Bytes): void {
    this.reserve(end - start + HEAD_BYTES);
    this.length(end - start);
    this.raw(buf, start, end);
  }

  score(score: number): void {
    this.reserve(8);
    this.buf.writeDoubleLE(score, this.at);
    this.at += 8;
  }

  /** Bytes that are packed already. */
  raw(buf: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(buf, start, end, this.buf, this.at);
    this.at += end - start;
  }

  /** `count` of what the collection counts. */
  done(count: number, wide: boolean): Span {
    this.buf[0] = FORM | (wide ? WIDE : 0);
    this.buf.writeUInt32LE(count, 1);
    return new Span(this.buf, 0, this.at);
  }

  private length(length: number): void {
    if (length < LONG) this.buf[this.at++] = length;
    else {
      this.buf[this.at] = LONG;
      this.buf.writeUInt32LE(length, this.at + 1);
      this.at += 5;
    }
  }

  private reserve(bytes: number): void {
    const need = this.at + bytes;
    if (need <= this.buf.length) return;
    const grown = withView(Buffer.allocUnsafeSlow(Math.max(need, this.buf.length * 2)));
    this.buf.copy(grown, 0, 0, this.at);
    this.buf = grown;
  }
}

/** All collections are packed here, one at a time. */
export const packer = new Packer();
