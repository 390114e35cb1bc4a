const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const HEXADECIMAL = /^([-+]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([-+]?\d+))?$/;
const NAMED = /^([-+]?)(inf|infinity|nan)$/i;

/** As C's strtod reads a whole text, spaces around it allowed; undefined if it is no number. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '');
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const hex = HEXADECIMAL.exec(trimmed);
  if (hex !== null) return hexadecimal(hex);
  const named = NAMED.exec(trimmed);
  if (named === null) return undefined;
  if (named[2]!.toLowerCase() === 'nan') return Number.NaN;
  return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function hexadecimal([, sign, whole = '', part = '', power = '0']: readonly string[]): number | undefined {
  if (whole === '' && part === '') return undefined;
  let value = 0;
  for (const digit of whole + part) value = value * 16 + Number.parseInt(digit, 16);
  value *= 2 ** (Number(power) - 4 * part.length);
  return sign === '-' ? -value : value;
}

/** As C's strtoul with a base, for tonumber: undefined unless the whole text is one. */
export function parseInBase(text: string, base: number): number | undefined {
  const digits = /^[ \t-\r]*([-+]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-zA-Z]+)[ \t-\r]*$/.exec(text);
  const prefixed = base === 16 ? digits : /^[ \t-\r]*([-+]?)([0-9a-zA-Z]+)[ \t-\r]*$/.exec(text);
  if (prefixed === null) return undefined;
  let value = 0;
  for (const digit of prefixed[2]!) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= base) return undefined;
    value = value * base + worth;
  }
  return prefixed[1] === '-' ? 2 ** 64 - value : value;
}

/** To a 64-bit integer as x86 converts a double: towards zero, and the least one where it does not fit. */
export function toInt64(n: number): bigint {
  return Number.isFinite(n) && n < 2 ** 63 && n >= -(2 ** 63) ? BigInt(Math.trunc(n)) : -(2n ** 63n);
}
