const CR = 13;
const LF = 10;
const MINUS = 45;
export const ZERO = 48;
const NINE = 57;

export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/**
 * `$` with one to three digits, CR and LF, of which six bytes are there: its value times 8 plus its length. 0 if it is
 * longer, or not one: the slow path will tell.
 */
export function shortHeader(buf: Buffer, at: number): number {
  const first = buf[at + 1]! - ZERO;
  if (first < 0 || first > 9) return 0;
  const second = buf[at + 2]!;
  if (second === CR) return buf[at + 3] === LF ? (first << 3) | 4 : 0;
  if (first === 0 || !isDigit(second)) return 0;
  const two = first * 10 + second - ZERO;
  const third = buf[at + 3]!;
  if (third === CR) return buf[at + 4] === LF ? (two << 3) | 5 : 0;
  if (!isDigit(third) || buf[at + 4] !== CR || buf[at + 5] !== LF) return 0;
  return ((two * 10 + third - ZERO) << 3) | 6;
}

/** One to ten digits, one '-' before them at most, no leading zero; NaN otherwise. */
export function parseInteger(buf: Buffer, start: number, end: number): number {
  const negative = buf[start] === MINUS;
  let i = negative ? start + 1 : start;
  const digits = end - i;
  if (digits < 1 || digits > 10) return Number.NaN;
  if (buf[i] === ZERO && (digits > 1 || negative)) return Number.NaN;
  let value = 0;
  for (; i < end; i++) {
    const digit = buf[i]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
