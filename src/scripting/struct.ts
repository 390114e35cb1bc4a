import { toInt64 } from './c-numbers';
import {
  argument,
  badArgument,
  blob,
  bytesArgument,
  latin1,
  limits,
  type Native,
  number,
  numberArgument,
  push,
  raise,
  type Thread,
} from './fengari';

const INTEGER_BYTES_MAX = 32;
const NATIVE_ALIGNMENT = 8;
const FIXED: Record<string, number> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };

/** Walks through a format of the struct library: one field after another, with the byte order that holds there. */
class Format {
  private at = 0;
  isLittle = true;
  private alignment = 1;

  constructor(
    private readonly L: Thread,
    private readonly text: string,
  ) {}

  /** The next field, after its controls; undefined at the end. `offset` is where it would go without padding. */
  next(offset: number): { kind: string; size: number; padding: number } | undefined {
    while (this.at < this.text.length) {
      const kind = this.text[this.at++]!;
      if (this.controls(kind)) continue;
      const size = this.size(kind);
      return { kind, size, padding: this.paddingOf(kind, size, offset) };
    }
    return undefined;
  }

  private controls(kind: string): boolean {
    if (kind === ' ') return true;
    if (kind === '>') this.isLittle = false;
    else if (kind === '<') this.isLittle = true;
    else if (kind === '!') {
      const alignment = this.digits(NATIVE_ALIGNMENT);
      if (alignment === 0 || (alignment & (alignment - 1)) !== 0) raise(this.L, 'alignment is not a power of 2');
      this.alignment = alignment;
    } else return false;
    return true;
  }

  private size(kind: string): number {
    const fixed = FIXED[kind];
    if (fixed !== undefined) return fixed;
    if (kind === 's') return 0;
    if (kind === 'c') return this.digits(1);
    if (kind !== 'i' && kind !== 'I') return raise(this.L, `invalid format option '${kind}'`);
    const size = this.digits(4);
    if (size > INTEGER_BYTES_MAX) raise(this.L, `integral size ${size} is larger than limit of ${INTEGER_BYTES_MAX}`);
    return size;
  }

  private paddingOf(kind: string, size: number, offset: number): number {
    if (size === 0 || kind === 'c') return 0;
    const align = Math.min(size, this.alignment);
    return align > 1 ? (align - (offset & (align - 1))) & (align - 1) : 0;
  }

  private digits(absent: number): number {
    const found = /^\d+/.exec(this.text.slice(this.at, this.at + 12))?.[0];
    if (found === undefined) return absent;
    this.at += found.length;
    const n = Number(found);
    if (n > 2147483647) raise(this.L, 'integral size overflow');
    return n;
  }
}

function integerBytes(n: number, size: number, isLittle: boolean): Buffer {
  const bytes = Buffer.alloc(size);
  let rest = BigInt.asUintN(64, n >= 2 ** 63 ? BigInt(Math.trunc(Math.min(n, 2 ** 64 - 2048))) : toInt64(n));
  for (let i = 0; i < Math.min(size, 8); i++, rest >>= 8n) bytes[isLittle ? i : size - 1 - i] = Number(rest & 0xffn);
  return bytes;
}

function integerFrom(bytes: Uint8Array, at: number, size: number, isLittle: boolean, isSigned: boolean): number {
  let value = 0n;
  for (let i = Math.min(size, 8) - 1; i >= 0; i--)
    value = (value << 8n) | BigInt(bytes[isLittle ? at + i : at + size - 1 - i]!);
  return Number(isSigned ? BigInt.asIntN(8 * Math.min(size, 8), value) : value);
}

function floatBytes(n: number, size: number, isLittle: boolean): Buffer {
  const bytes = Buffer.alloc(size);
  if (size === 4) isLittle ? bytes.writeFloatLE(n) : bytes.writeFloatBE(n);
  else isLittle ? bytes.writeDoubleLE(n) : bytes.writeDoubleBE(n);
  return bytes;
}

function floatFrom(from: Uint8Array, at: number, size: number, isLittle: boolean): number {
  const view = new DataView(from.buffer, from.byteOffset, from.length);
  return size === 4 ? view.getFloat32(at, isLittle) : view.getFloat64(at, isLittle);
}

function pack(L: Thread): number {
  const format = new Format(L, latin1(bytesArgument(L, 1)));
  const parts: Uint8Array[] = [];
  let total = 0;
  let arg = 2;
  const add = (part: Uint8Array) => {
    total += part.length;
    if (total > limits.stringBytesMax) raise(L, 'not enough memory');
    parts.push(part);
  };
  for (let field = format.next(total); field !== undefined; field = format.next(total)) {
    const { kind, size, padding } = field;
    add(Buffer.alloc(padding));
    if (kind === 'x') add(Buffer.alloc(1));
    else if (kind === 'f' || kind === 'd') add(floatBytes(numberArgument(L, arg++), size, format.isLittle));
    else if (kind === 's' || kind === 'c') {
      const bytes = bytesArgument(L, arg++);
      const wanted = size === 0 ? bytes.length : size;
      if (bytes.length < wanted) badArgument(L, arg - 1, 'string too short');
      add(bytes.subarray(0, wanted));
      if (kind === 's') add(Buffer.alloc(1));
    } else add(integerBytes(numberArgument(L, arg++), size, format.isLittle));
  }
  return push(L, blob(L, new Uint8Array(Buffer.concat(parts))));
}

function unpack(L: Thread): number {
  const format = new Format(L, latin1(bytesArgument(L, 1)));
  const data = bytesArgument(L, 2);
  const start = argument(L, 3) === undefined ? 1 : numberArgument(L, 3);
  if (start < 1) badArgument(L, 3, 'offset must be 1 or greater');
  let at = Math.trunc(start) - 1;
  let count = 0;
  let last = 0;
  const give = (value: ReturnType<typeof number>, worth = 0) => {
    if (++count > 200) raise(L, 'too many results');
    last = worth;
    push(L, value);
  };
  for (let field = format.next(at); field !== undefined; field = format.next(at)) {
    const { kind, padding } = field;
    let { size } = field;
    at += padding;
    if (at + size > data.length) badArgument(L, 2, 'data string too short');
    if (kind === 'c' && size === 0) {
      if (count === 0) raise(L, "format 'c0' needs a previous size");
      L.top--;
      count--;
      size = last;
      if (at + size > data.length) badArgument(L, 2, 'data string too short');
    }
    if (kind === 's') {
      const end = data.indexOf(0, at);
      if (end < 0) raise(L, 'unfinished string in data');
      give(blob(L, data.slice(at, end)));
      at = end + 1;
      continue;
    }
    if (kind === 'c') give(blob(L, data.slice(at, at + size)));
    else if (kind === 'f' || kind === 'd') give(number(floatFrom(data, at, size, format.isLittle)));
    else if (kind !== 'x') {
      const n = integerFrom(data, at, size, format.isLittle, kind === kind.toLowerCase());
      give(number(n), n);
    }
    at += size;
  }
  push(L, number(at + 1));
  return count + 1;
}

function size(L: Thread): number {
  const format = new Format(L, latin1(bytesArgument(L, 1)));
  let total = 0;
  for (let field = format.next(total); field !== undefined; field = format.next(total)) {
    if (field.kind === 's') badArgument(L, 1, 'variable-size format in sizeof');
    if (field.kind === 'c' && field.size === 0) badArgument(L, 1, 'variable-length format in sizeof');
    total += field.padding + field.size;
  }
  return push(L, number(total));
}

/** Roberto Ierusalimschy's struct, as in Redis: x86-64 sizes, little endian unless told otherwise. */
export const STRUCT: Record<string, Native> = { pack, unpack, size };
