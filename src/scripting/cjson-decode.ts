import { parseNumber } from './c-numbers';
import type { JsonSettings } from './cjson-encode';
import {
  blob,
  bool,
  bytesOf,
  light,
  newTable,
  number,
  raise,
  setIndex,
  setKey,
  type Thread,
  tableValue,
  type Value,
} from './fengari';

type Kind =
  | 'T_OBJ_BEGIN'
  | 'T_OBJ_END'
  | 'T_ARR_BEGIN'
  | 'T_ARR_END'
  | 'T_STRING'
  | 'T_NUMBER'
  | 'T_BOOLEAN'
  | 'T_NULL'
  | 'T_COLON'
  | 'T_COMMA'
  | 'T_END'
  | 'T_ERROR';

const SINGLE: Record<string, Kind> = {
  '{': 'T_OBJ_BEGIN',
  '}': 'T_OBJ_END',
  '[': 'T_ARR_BEGIN',
  ']': 'T_ARR_END',
  ':': 'T_COLON',
  ',': 'T_COMMA',
};
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' };
/** What strtod would take from here. */
const NUMBER =
  /[-+]?(?:0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*(?:[pP][-+]?\d+)?|inf(?:inity)?|nan|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/iy;
const INVALID = /^-?(?:0\d|0x|inf|nan)|^\+/i;
const PLAIN = /[^"\\]*/y;

/** As lua-cjson of Redis reads it. The text is latin1; escapes become UTF-8. */
export class JsonDecoder {
  private at = 0;
  private kind: Kind = 'T_END';
  /** Where the token begins, from 0. */
  private began = 0;
  private held: Value | string = '';

  constructor(
    private readonly L: Thread,
    private readonly text: string,
    private readonly settings: JsonSettings,
  ) {}

  decode(): Value {
    const { text, L } = this;
    if (text.length >= 2 && (text[0] === '\0' || text[1] === '\0')) {
      raise(L, 'JSON parser does not support UTF-16 or UTF-32');
    }
    this.next();
    const value = this.value(0);
    this.next();
    if (this.kind !== 'T_END') this.refuse('the end');
    return value;
  }

  private value(depth: number): Value {
    switch (this.kind) {
      case 'T_STRING':
        return blob(this.L, bytesOf(this.held as string));
      case 'T_NUMBER':
      case 'T_BOOLEAN':
        return this.held as Value;
      case 'T_NULL':
        return light(null);
      case 'T_OBJ_BEGIN':
        return this.object(this.deeper(depth));
      case 'T_ARR_BEGIN':
        return this.array(this.deeper(depth));
      default:
        return this.refuse('value');
    }
  }

  private deeper(depth: number): number {
    if (depth + 1 <= this.settings.decodeDepthMax) return depth + 1;
    return raise(this.L, `Found too many nested data structures (${depth + 1})`);
  }

  private object(depth: number): Value {
    const table = newTable(this.L);
    this.next();
    if (this.kind === 'T_OBJ_END') return tableValue(table);
    for (;;) {
      if (this.kind !== 'T_STRING') this.refuse('object key string');
      const key = blob(this.L, bytesOf(this.held as string));
      this.next();
      if ((this.kind as Kind) !== 'T_COLON') this.refuse('colon');
      this.next();
      setKey(this.L, table, key, this.value(depth));
      this.next();
      if ((this.kind as Kind) === 'T_OBJ_END') return tableValue(table);
      if ((this.kind as Kind) !== 'T_COMMA') this.refuse('comma or object end');
      this.next();
    }
  }

  private array(depth: number): Value {
    const table = newTable(this.L);
    this.next();
    if (this.kind === 'T_ARR_END') return tableValue(table);
    for (let i = 1; ; i++) {
      setIndex(table, i, this.value(depth));
      this.next();
      if ((this.kind as Kind) === 'T_ARR_END') return tableValue(table);
      if ((this.kind as Kind) !== 'T_COMMA') this.refuse('comma or array end');
      this.next();
    }
  }

  private next(): void {
    const { text } = this;
    while (this.at < text.length && ' \t\n\r'.includes(text[this.at]!)) this.at++;
    this.began = this.at;
    const c = text[this.at];
    if (c === undefined) {
      this.kind = 'T_END';
      return;
    }
    const single = SINGLE[c];
    if (single !== undefined) {
      this.at++;
      this.kind = single;
    } else if (c === '"') this.string();
    else if ('-0123456789'.includes(c) || (this.settings.decodeInvalid && '+iInN'.includes(c) && !this.is('null'))) {
      this.number();
    } else this.word();
  }

  private is(word: string): boolean {
    return this.text.startsWith(word, this.at);
  }

  private word(): void {
    if (this.is('true')) this.token('T_BOOLEAN', bool(true), 4);
    else if (this.is('false')) this.token('T_BOOLEAN', bool(false), 5);
    else if (this.is('null')) this.token('T_NULL', '', 4);
    else this.token('T_ERROR', 'invalid token', 0);
  }

  private token(kind: Kind, held: Value | string, length: number): void {
    this.kind = kind;
    this.held = held;
    this.at += length;
  }

  private number(): void {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (!this.settings.decodeInvalid && INVALID.test(this.text.slice(this.at, this.at + 4))) {
      this.token('T_ERROR', 'invalid number', 0);
      return;
    }
    const n = found === undefined ? undefined : parseNumber(found);
    if (found === undefined) {
      this.token('T_ERROR', '+iInN'.includes(this.text[this.at]!) ? 'invalid token' : 'invalid number', 0);
    } else if (n === undefined) this.token('T_NUMBER', number(0), 1);
    else this.token('T_NUMBER', number(n), found.length);
  }

  private string(): void {
    const { text } = this;
    const parts: string[] = [];
    let at = this.at + 1;
    for (;;) {
      PLAIN.lastIndex = at;
      const plain = PLAIN.exec(text)![0];
      parts.push(plain);
      at += plain.length;
      if (at >= text.length) {
        this.fail('unexpected end of string', at);
        return;
      }
      if (text[at] === '"') break;
      const c = text[at + 1];
      if (c === 'u') {
        const unit = this.unicode(at);
        if (unit === undefined) {
          this.fail('invalid unicode escape code', at);
          return;
        }
        parts.push(unit.utf8);
        at += unit.length;
      } else {
        const plainEscape = c === undefined ? undefined : ESCAPES[c];
        if (plainEscape === undefined) {
          this.fail('invalid escape code', at);
          return;
        }
        parts.push(plainEscape);
        at += 2;
      }
    }
    this.at = at + 1;
    this.kind = 'T_STRING';
    this.held = parts.join('');
  }

  private fail(why: string, at: number): void {
    this.began = at;
    this.token('T_ERROR', why, 0);
  }

  /** `\uXXXX` at `at`, or a pair of surrogates. */
  private unicode(at: number): { utf8: string; length: number } | undefined {
    const first = this.hex(at);
    if (first === undefined || (first & 0xfc00) === 0xdc00) return undefined;
    if ((first & 0xf800) !== 0xd800) return { utf8: utf8Of(first), length: 6 };
    const second = this.text.startsWith('\\u', at + 6) ? this.hex(at + 6) : undefined;
    if (second === undefined || (second & 0xfc00) !== 0xdc00) return undefined;
    return { utf8: utf8Of(0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff)), length: 12 };
  }

  private hex(at: number): number | undefined {
    const digits = this.text.slice(at + 2, at + 6);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
  }

  private refuse(expected: string): never {
    const found = this.kind === 'T_ERROR' ? this.held : this.kind;
    return raise(this.L, `Expected ${expected} but found ${found} at character ${this.began + 1}`);
  }
}

/** In latin1: one character a byte. */
function utf8Of(point: number): string {
  return Buffer.from(String.fromCodePoint(point), 'utf8').toString('latin1');
}
