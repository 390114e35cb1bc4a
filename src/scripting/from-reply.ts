import {
  blob,
  bool,
  latin1,
  newTable,
  nil,
  number,
  setField,
  setIndex,
  setKey,
  type Thread,
  TYPE,
  tableValue,
  text,
  typeOf,
  type Value,
} from './fengari';

const CR = 13;

/** Reads one reply as Redis gives it to scripts. An error becomes a table with `err`. */
export class ReplyToLua {
  private at = 0;
  private buf: Buffer = Buffer.alloc(0);

  constructor(private readonly L: Thread) {}

  read(buf: Buffer, at: number): Value {
    this.buf = buf;
    this.at = at;
    return this.value();
  }

  private value(): Value {
    const type = this.buf[this.at++]!;
    switch (type) {
      case 36: // $
        return this.bulk();
      case 43: // +
        return this.wrapped('ok', text(this.L, this.line()));
      case 45: // -
        return errorTable(this.L, this.line(), true);
      case 58: // :
        return number(this.integer());
      case 42: // *
      case 62: // >
        return this.array();
      case 37: // %
        return this.map();
      case 126: // ~
        return this.set();
      case 44: // ,
        return this.wrapped('double', number(doubleOf(this.line())));
      case 35: // #
        return bool(this.line() === 't');
      case 40: // (
        return this.wrapped('big_number', text(this.L, this.line()));
      case 61: // =
        return this.verbatim();
      default: // _
        this.line();
        return nil();
    }
  }

  private line(): string {
    const end = this.buf.indexOf(CR, this.at);
    const line = this.buf.toString('latin1', this.at, end);
    this.at = end + 2;
    return line;
  }

  private integer(): number {
    const { buf } = this;
    let { at } = this;
    const isNegative = buf[at] === 45;
    if (isNegative) at++;
    let n = 0;
    for (let c = buf[at]!; c !== CR; c = buf[++at]!) n = n * 10 + c - 48;
    this.at = at + 2;
    return isNegative ? -n : n;
  }

  private bytes(): Uint8Array | undefined {
    const length = this.integer();
    if (length < 0) return undefined;
    const bytes = new Uint8Array(length);
    bytes.set(this.buf.subarray(this.at, this.at + length));
    this.at += length + 2;
    return bytes;
  }

  /** RESP2's null is false. */
  private bulk(): Value {
    const bytes = this.bytes();
    return bytes === undefined ? bool(false) : blob(this.L, bytes);
  }

  private wrapped(name: string, value: Value): Value {
    const table = newTable(this.L);
    setField(this.L, table, name, value);
    return tableValue(table);
  }

  private array(): Value {
    const length = this.integer();
    if (length < 0) return bool(false);
    const table = newTable(this.L);
    for (let i = 1; i <= length; i++) setIndex(table, i, this.value());
    return tableValue(table);
  }

  private map(): Value {
    const table = newTable(this.L);
    for (let left = this.integer(); left > 0; left--) {
      const key = this.value();
      const value = this.value();
      if (typeOf(key) !== TYPE.NIL) setKey(this.L, table, key, value);
    }
    return this.wrapped('map', tableValue(table));
  }

  private set(): Value {
    const table = newTable(this.L);
    for (let left = this.integer(); left > 0; left--) setKey(this.L, table, this.value(), bool(true));
    return this.wrapped('set', tableValue(table));
  }

  private verbatim(): Value {
    const bytes = this.bytes()!;
    const table = newTable(this.L);
    setField(this.L, table, 'format', text(this.L, latin1(bytes.subarray(0, 3))));
    setField(this.L, table, 'string', blob(this.L, bytes.slice(4)));
    return this.wrapped('verbatim_string', tableValue(table));
  }
}

function doubleOf(line: string): number {
  return line === 'inf' ? Number.POSITIVE_INFINITY : line === '-inf' ? Number.NEGATIVE_INFINITY : Number(line);
}

/** An error as scripts see it; `isCounted` where the server's counters have it already. */
export function errorTable(L: Thread, message: string, isCounted: boolean): Value {
  const table = newTable(L);
  if (isCounted) setField(L, table, 'ignore_error_stats_update', bool(true));
  setField(L, table, 'err', text(L, message));
  return tableValue(table);
}
