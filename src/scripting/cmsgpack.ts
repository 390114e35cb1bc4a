import {
  argument,
  argumentCount,
  badArgument,
  blob,
  bool,
  bytesArgument,
  bytesIn,
  type LuaTable,
  limits,
  ltable,
  type Native,
  newTable,
  nil,
  number,
  numberArgument,
  push,
  raise,
  setIndex,
  setKey,
  type Thread,
  TYPE,
  tableValue,
  text,
  typeOf,
  type Value,
} from './fengari';

/** Deeper tables are written as nil. */
const NESTING_MAX = 16;
/** Deeper ones are not read. */
const READ_NESTING_MAX = 1000;

class Packer {
  private readonly parts: Uint8Array[] = [];
  private total = 0;

  constructor(private readonly L: Thread) {}

  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.parts));
  }

  value(value: Value, level: number): void {
    const type = typeOf(value);
    if (type === TYPE.STRING) this.string(bytesIn(value));
    else if (type === TYPE.BOOLEAN) this.add(Buffer.of(value.value ? 0xc3 : 0xc2));
    else if (type === TYPE.NUMBER) this.number(value.value as number);
    else if (type === TYPE.TABLE && level < NESTING_MAX) this.table(value.value as LuaTable, level);
    else this.add(Buffer.of(0xc0));
  }

  private add(part: Uint8Array): void {
    this.total += part.length;
    if (this.total > limits.stringBytesMax) raise(this.L, 'not enough memory');
    this.parts.push(part);
  }

  /** A type byte and a number of 1, 2 or 4 bytes after it. */
  private head(type: number, size: 1 | 2 | 4, n: number): void {
    const part = Buffer.alloc(1 + size);
    part[0] = type;
    part.writeUIntBE(n, 1, size);
    this.add(part);
  }

  private string(bytes: Uint8Array): void {
    const { length } = bytes;
    if (length < 32) this.add(Buffer.of(0xa0 | length));
    else if (length <= 0xff) this.head(0xd9, 1, length);
    else if (length <= 0xffff) this.head(0xda, 2, length);
    else this.head(0xdb, 4, length);
    this.add(bytes);
  }

  private number(n: number): void {
    if (Math.floor(n) === n && n >= -(2 ** 63) && n < 2 ** 63) this.integer(n);
    else if (Math.fround(n) === n || !Number.isFinite(n)) {
      const part = Buffer.alloc(5, 0xca);
      part.writeFloatBE(n, 1);
      this.add(part);
    } else {
      const part = Buffer.alloc(9, 0xcb);
      part.writeDoubleBE(n, 1);
      this.add(part);
    }
  }

  private integer(n: number): void {
    if (n >= 0) {
      if (n <= 127) this.add(Buffer.of(n));
      else if (n <= 0xff) this.head(0xcc, 1, n);
      else if (n <= 0xffff) this.head(0xcd, 2, n);
      else if (n <= 0xffffffff) this.head(0xce, 4, n);
      else this.long(0xcf, n);
    } else if (n >= -32) this.add(Buffer.of(n & 0xff));
    else if (n >= -128) this.head(0xd0, 1, n & 0xff);
    else if (n >= -32768) this.head(0xd1, 2, n & 0xffff);
    else if (n >= -2147483648) this.head(0xd2, 4, n >>> 0);
    else this.long(0xd3, n);
  }

  private long(type: number, n: number): void {
    const part = Buffer.alloc(9, type);
    part.writeBigUInt64BE(BigInt.asUintN(64, BigInt(n)), 1);
    this.add(part);
  }

  private table(table: LuaTable, level: number): void {
    const { size } = table.strong;
    let isArray = true;
    for (let entry = table.f; entry !== undefined && isArray; entry = entry.n) {
      const k = entry.key.value as unknown;
      isArray = typeof k === 'number' && Number.isInteger(k) && k > 0 && k <= size;
    }
    if (size <= 15) this.add(Buffer.of((isArray ? 0x90 : 0x80) | size));
    else if (size <= 0xffff) this.head(isArray ? 0xdc : 0xde, 2, size);
    else this.head(isArray ? 0xdd : 0xdf, 4, size);
    if (isArray) for (let i = 1; i <= size; i++) this.value(ltable.luaH_getint(table, i), level + 1);
    else {
      for (let entry = table.f; entry !== undefined; entry = entry.n) {
        this.value(entry.key, level + 1);
        this.value(entry.value, level + 1);
      }
    }
  }
}

class Unpacker {
  private readonly data: Buffer;

  constructor(
    private readonly L: Thread,
    bytes: Uint8Array,
    public at: number,
  ) {
    this.data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.at >= this.data.length;
  }

  value(depth = 0): Value {
    if (depth > READ_NESTING_MAX) raise(this.L, 'Bad data format in input.');
    const type = this.data[this.take(1)]!;
    if (type < 0x80) return number(type);
    if (type < 0x90) return this.map(type & 15, depth);
    if (type < 0xa0) return this.array(type & 15, depth);
    if (type < 0xc0) return this.string(type & 31);
    if (type >= 0xe0) return number(type - 256);
    return this.long(type, depth);
  }

  private long(type: number, depth: number): Value {
    const { data } = this;
    switch (type) {
      case 0xc0:
        return nil();
      case 0xc2:
      case 0xc3:
        return bool(type === 0xc3);
      case 0xca:
        return number(data.readFloatBE(this.take(4)));
      case 0xcb:
        return number(data.readDoubleBE(this.take(8)));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return number(this.unsigned(1 << (type - 0xcc)));
      case 0xcf:
        return number(Number(data.readBigUInt64BE(this.take(8))));
      case 0xd0:
        return number(data.readInt8(this.take(1)));
      case 0xd1:
        return number(data.readInt16BE(this.take(2)));
      case 0xd2:
        return number(data.readInt32BE(this.take(4)));
      case 0xd3:
        return number(Number(data.readBigInt64BE(this.take(8))));
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.string(this.unsigned(1 << (type - 0xc4)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.string(this.unsigned(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.array(this.unsigned(2 << (type - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.map(this.unsigned(2 << (type - 0xde)), depth);
      default:
        return raise(this.L, 'Bad data format in input.');
    }
  }

  private take(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.data.length) raise(this.L, 'Missing bytes in input.');
    this.at += bytes;
    return at;
  }

  private unsigned(size: number): number {
    return this.data.readUIntBE(this.take(size), size);
  }

  private string(length: number): Value {
    const at = this.take(length);
    return blob(this.L, new Uint8Array(this.data.subarray(at, at + length)));
  }

  private array(length: number, depth: number): Value {
    const table = newTable(this.L);
    for (let i = 1; i <= length; i++) setIndex(table, i, this.value(depth + 1));
    return tableValue(table);
  }

  private map(length: number, depth: number): Value {
    const table = newTable(this.L);
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      setKey(this.L, table, key, this.value(depth + 1));
    }
    return tableValue(table);
  }
}

const RESULTS_MAX = 500;

function unpack(L: Thread, limit: number, offset: number): number {
  const bytes = bytesArgument(L, 1);
  if (offset < 0 || limit < 0) {
    raise(L, `Invalid request to unpack with offset of ${offset} and limit of ${bytes.length}.`);
  }
  if (offset > bytes.length) raise(L, `Start offset ${offset} greater than input length ${bytes.length}.`);
  const from = new Unpacker(L, bytes, offset);
  const isWhole = limit === 0 && offset === 0;
  const max = isWhole ? RESULTS_MAX : limit;
  const values: Value[] = [];
  while (!from.isAtEnd && values.length < max) values.push(from.value());
  if (isWhole && !from.isAtEnd) raise(L, 'too many results to unpack');
  if (!isWhole) values.unshift(number(from.isAtEnd ? -1 : from.at));
  return give(L, values);
}

function give(L: Thread, values: readonly Value[]): number {
  for (const value of values) push(L, value);
  return values.length;
}

const optional = (L: Thread, arg: number): number =>
  argument(L, arg) === undefined ? 0 : Math.trunc(numberArgument(L, arg));

export const CMSGPACK: Record<string, Native> = {
  pack: (L) => {
    const count = argumentCount(L);
    if (count === 0) badArgument(L, 0, 'MessagePack pack needs input.');
    const packer = new Packer(L);
    for (let i = 1; i <= count; i++) packer.value(argument(L, i)!, 0);
    return push(L, blob(L, packer.bytes()));
  },
  unpack: (L) => unpack(L, 0, 0),
  unpack_one: (L) => unpack(L, 1, optional(L, 2)),
  unpack_limit: (L) => unpack(L, Math.trunc(numberArgument(L, 2)), optional(L, 3)),
};

export const cmsgpackConstants = (L: Thread): Record<string, Value> => ({
  _NAME: text(L, 'cmsgpack'),
  _VERSION: text(L, 'lua-cmsgpack 0.4.0'),
  _COPYRIGHT: text(L, 'Copyright (C) 2012, Redis Ltd.'),
  _DESCRIPTION: text(L, 'MessagePack C implementation for Lua'),
});
