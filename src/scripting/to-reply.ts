import type { ReplyWriter } from '../../protocol/reply-writer';
import { toInt64 } from './c-numbers';
import { bytesIn, type LuaTable, latin1, ltable, type Thread, TYPE, text, typeOf, type Value } from './fengari';

/** Tables in tables, deeper: an error in their place. */
const NESTING_MAX = 1000;

const NO_THREAD = null as unknown as Thread;
const name = (word: string): Value => text(NO_THREAD, word);
const ERR = name('err');
const OK = name('ok');
const DOUBLE = name('double');
const BIG_NUMBER = name('big_number');
const MAP = name('map');
const SET = name('set');
const VERBATIM = name('verbatim_string');
const FORMAT = name('format');
const STRING = name('string');

const field = (table: LuaTable, key: Value): Value => ltable.luaH_get(NO_THREAD, table, key);
const textOf = (value: Value): string => latin1(bytesIn(value));

/** Writes what a script returned. `scriptProto` is what the script has set with redis.setresp. */
export function writeReply(out: ReplyWriter, value: Value | undefined, scriptProto: 2 | 3, depth = 0): void {
  switch (value === undefined ? TYPE.NIL : typeOf(value)) {
    case TYPE.STRING: {
      const bytes = bytesIn(value!);
      out.bulkBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      break;
    }
    case TYPE.NUMBER:
      writeNumber(out, value!.value as number);
      break;
    case TYPE.BOOLEAN:
      if (scriptProto === 3) out.boolean(Boolean(value!.value));
      else if (value!.value) out.integer(1);
      else out.nil();
      break;
    case TYPE.TABLE:
      writeTable(out, value!.value as LuaTable, scriptProto, depth + 1);
      break;
    default:
      out.nil();
  }
}

/** Cut to an integer. */
function writeNumber(out: ReplyWriter, n: number): void {
  if (Math.abs(n) <= Number.MAX_SAFE_INTEGER) out.integer(Math.trunc(n) + 0);
  else out.integer(toInt64(n));
}

function writeTable(out: ReplyWriter, table: LuaTable, scriptProto: 2 | 3, depth: number): void {
  if (depth > NESTING_MAX) {
    out.error('ERR reached lua stack limit');
    return;
  }
  const { strong } = table;
  if (strong.size > 0 && table.f !== undefined && writeNamed(out, table, scriptProto, depth)) return;
  let length = 0;
  while (typeOf(ltable.luaH_getint(table, length + 1)) !== TYPE.NIL) length++;
  out.array(length);
  for (let i = 1; i <= length; i++) writeReply(out, ltable.luaH_getint(table, i), scriptProto, depth);
}

/** Tables that stand for something else than an array. */
function writeNamed(out: ReplyWriter, table: LuaTable, scriptProto: 2 | 3, depth: number): boolean {
  const err = field(table, ERR);
  if (typeOf(err) === TYPE.STRING) {
    out.error(textOf(err).replace(/[\r\n]+$/, ''));
    return true;
  }
  const ok = field(table, OK);
  if (typeOf(ok) === TYPE.STRING) {
    out.simple(textOf(ok));
    return true;
  }
  const double = field(table, DOUBLE);
  if (typeOf(double) === TYPE.NUMBER) {
    out.double(double.value as number);
    return true;
  }
  const map = field(table, MAP);
  if (typeOf(map) === TYPE.TABLE) {
    const entries = map.value as LuaTable;
    out.map(entries.strong.size);
    for (let entry = entries.f; entry !== undefined; entry = entry.n) {
      writeReply(out, entry.key, scriptProto, depth);
      writeReply(out, entry.value, scriptProto, depth);
    }
    return true;
  }
  const set = field(table, SET);
  if (typeOf(set) === TYPE.TABLE) {
    const members = set.value as LuaTable;
    out.set(members.strong.size);
    for (let entry = members.f; entry !== undefined; entry = entry.n) writeReply(out, entry.key, scriptProto, depth);
    return true;
  }
  return writeRare(out, table);
}

function writeRare(out: ReplyWriter, table: LuaTable): boolean {
  const big = field(table, BIG_NUMBER);
  if (typeOf(big) === TYPE.STRING) {
    const digits = textOf(big);
    if (/^-?\d+$/.test(digits)) out.bignum(BigInt(digits));
    else out.bulkText(digits);
    return true;
  }
  const verbatim = field(table, VERBATIM);
  if (typeOf(verbatim) !== TYPE.TABLE) return false;
  const format = field(verbatim.value as LuaTable, FORMAT);
  const string = field(verbatim.value as LuaTable, STRING);
  if (typeOf(format) !== TYPE.STRING || typeOf(string) !== TYPE.STRING) return false;
  out.verbatim(textOf(format).slice(0, 3).padEnd(3), textOf(string));
  return true;
}
