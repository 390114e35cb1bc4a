import type { Bytes } from '../base/bytes';

const INT64_MAX = 9223372036854775807n;
const INT64_MIN = -9223372036854775808n;
const SAFE_DIGITS = 18;
const INT64_CHARS_MAX = 20;

/** Whether Redis would keep it as a 64-bit integer: no sign but '-', no leading zero. */
export function isInteger({ buf, start, end }: Bytes): boolean {
  const length = end - start;
  if (length === 0 || length > INT64_CHARS_MAX) return false;
  const first = buf[start] === 45 ? start + 1 : start;
  if (first === end || (buf[first] === 48 && length > 1)) return false;
  for (let i = first; i < end; i++) if (buf[i]! < 48 || buf[i]! > 57) return false;
  if (end - first <= SAFE_DIGITS) return true;
  const value = BigInt(buf.toString('latin1', start, end));
  return value >= INT64_MIN && value <= INT64_MAX;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x(?:([0-9a-f]+)\.?([0-9a-f]*)|\.([0-9a-f]+))(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** A double as C's strtod reads the whole text; undefined if it would not, or if it is NaN. */
export function parseDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const hex = HEXADECIMAL.exec(text);
  if (hex === null) return undefined;
  const [, sign, whole = '', fraction = '', only = '', power = '0'] = hex;
  const digits = whole + fraction + only;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(power) - 4 * (fraction.length + only.length));
  return sign === '-' ? -value : value;
}
