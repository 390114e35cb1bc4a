import { formatNumber } from './c-format';
import {
  bytesIn,
  type LuaTable,
  latin1,
  ltable,
  raise,
  type Thread,
  TYPE,
  typeName,
  typeOf,
  type Value,
} from './fengari';

export interface JsonSettings {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeDepthMax: number;
  decodeDepthMax: number;
  precision: number;
  /** What is neither finite nor JSON: refused, written as it is, or written as null. */
  encodeInvalid: boolean | 'null';
  decodeInvalid: boolean;
}

export const DEFAULTS: JsonSettings = {
  sparseConvert: false,
  sparseRatio: 2,
  sparseSafe: 10,
  encodeDepthMax: 1000,
  decodeDepthMax: 1000,
  precision: 14,
  encodeInvalid: false,
  decodeInvalid: true,
};

const SHORT: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function quoted(text: string): string {
  return `"${text.replace(/["\\/\x00-\x1f\x7f]/g, (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

/** As lua-cjson of Redis writes it, in latin1. */
export class JsonEncoder {
  private parts: string[] = [];
  private bytes = 0;

  constructor(
    private readonly L: Thread,
    private readonly settings: JsonSettings,
    private readonly bytesMax: number,
  ) {}

  encode(value: Value): string {
    this.value(value, 0);
    return this.parts.join('');
  }

  private add(part: string): void {
    this.bytes += part.length;
    if (this.bytes > this.bytesMax) raise(this.L, 'not enough memory');
    this.parts.push(part);
  }

  private value(value: Value, depth: number): void {
    const type = typeOf(value);
    if (type === TYPE.STRING) this.add(quoted(latin1(bytesIn(value))));
    else if (type === TYPE.NUMBER) this.add(this.number(value));
    else if (type === TYPE.BOOLEAN) this.add(value.value ? 'true' : 'false');
    else if (type === TYPE.TABLE) this.table(value, depth + 1);
    else if (type === TYPE.NIL || (type === TYPE.LIGHT && value.value === null)) this.add('null');
    else this.refuse(value, 'type not supported');
  }

  private number(value: Value): string {
    const { encodeInvalid, precision } = this.settings;
    const n = value.value as number;
    if (!Number.isFinite(n)) {
      if (encodeInvalid === false) return this.refuse(value, 'must not be NaN or Inf');
      if (encodeInvalid === 'null') return 'null';
    }
    return formatNumber(n, precision);
  }

  private table(value: Value, depth: number): void {
    const table = value.value as LuaTable;
    if (depth > this.settings.encodeDepthMax) raise(this.L, `Cannot serialise, excessive depth (${depth})`);
    const length = this.arrayLength(value, table);
    if (length > 0) this.array(table, length, depth);
    else this.object(table, depth);
  }

  private array(table: LuaTable, length: number, depth: number): void {
    for (let i = 1; i <= length; i++) {
      this.add(i === 1 ? '[' : ',');
      this.value(ltable.luaH_getint(table, i), depth);
    }
    this.add(']');
  }

  private object(table: LuaTable, depth: number): void {
    let before = '{';
    for (let entry = table.f; entry !== undefined; entry = entry.n) {
      const { key } = entry;
      const type = typeOf(key);
      if (type === TYPE.NUMBER) this.add(`${before}"${this.number(key)}":`);
      else if (type === TYPE.STRING) this.add(`${before}${quoted(latin1(bytesIn(key)))}:`);
      else this.refuse(key, 'table key must be a number or string');
      before = ',';
      this.value(entry.value, depth);
    }
    this.add(before === '{' ? '{}' : '}');
  }

  /** -1: no array. */
  private arrayLength(value: Value, table: LuaTable): number {
    const { sparseConvert, sparseRatio, sparseSafe } = this.settings;
    let max = 0;
    let items = 0;
    for (let entry = table.f; entry !== undefined; entry = entry.n) {
      const k = entry.key.value as unknown;
      if (typeof k !== 'number' || !Number.isInteger(k) || k < 1) return -1;
      if (k > max) max = k;
      items++;
    }
    if (sparseRatio > 0 && max > items * sparseRatio && max > sparseSafe) {
      if (!sparseConvert) this.refuse(value, 'excessively sparse array');
      return -1;
    }
    return max;
  }

  private refuse(value: Value, why: string): never {
    return raise(this.L, `Cannot serialise ${typeName(value)}: ${why}`);
  }
}
