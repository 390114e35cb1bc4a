import type { Bytes } from '../../base/bytes';
import { Fault } from '../../base/fault';

export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;
/** Digits of which any number fits a double exactly. */
const SAFE_DIGITS = 15;
const INT64_CHARS_MAX = 20;

const OVERFLOW = new Fault('ERR increment or decrement would overflow');

const ZERO = 48;
const NINE = 57;
const MINUS = 45;

/**
 * Redis's strict integer: an optional '-', no '+', no blanks, no leading zeros, no '-0', within 64 bits. A number when it
 * is short, a bigint when it is long, undefined when it is not an integer.
 */
export function parseInteger(bytes: Bytes): number | bigint | undefined {
  const { buf, start, end } = bytes;
  const length = end - start;
  if (length === 0 || length > INT64_CHARS_MAX) return undefined;
  const negative = buf[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (first === end) return undefined;
  if (buf[first] === ZERO) return length === 1 ? 0 : undefined;
  let value = 0;
  for (let i = first; i < end; i++) {
    const c = buf[i]!;
    if (c < ZERO || c > NINE) return undefined;
    value = value * 10 + (c - ZERO);
  }
  if (end - first <= SAFE_DIGITS) return negative ? -value : value;
  const exact = BigInt(buf.toString('latin1', start, end));
  return exact < INT64_MIN || exact > INT64_MAX ? undefined : exact;
}

/** Digits of a safe integer into `into` from `at`; the end of what was written. */
export function writeInteger(value: number, into: Buffer, at: number): number {
  let rest = value;
  let from = at;
  if (rest < 0) {
    into[from++] = MINUS;
    rest = -rest;
  }
  let end = from;
  do {
    const next = Math.floor(rest / 10);
    into[end++] = ZERO + (rest - next * 10);
    rest = next;
  } while (rest > 0);
  for (let i = from, j = end - 1; i < j; i++, j--) {
    const digit = into[i]!;
    into[i] = into[j]!;
    into[j] = digit;
  }
  return end;
}

/** Within 64 bits; throws Fault beyond. */
export function sumOf(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const exact = BigInt(a) + BigInt(b);
  if (exact > INT64_MAX || exact < INT64_MIN) throw OVERFLOW;
  return exact;
}
