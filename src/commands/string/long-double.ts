/**
 * The 80-bit long double that Redis computes INCRBYFLOAT with on x86, in whole numbers: so 10.5 + 0.1 is 10.6 and every
 * digit is the one that Redis would answer.
 */
export interface LongDouble {
  /** With its sign; at most 64 bits. */
  readonly mantissa: bigint;
  /** Of two. NaN stands for what is not finite. */
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
/** Largest exponent of the whole value, and the smallest of its last bit. */
const EXPONENT_MAX = 16384;
const EXPONENT_MIN = -16445;
const FRACTION_DIGITS = 17;
const TEXT_CHARS_MAX = 5 * 1024 - 1;

export const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };
const INFINITE: LongDouble = { mantissa: 0n, exponent: Number.NaN };

export function isFiniteDouble(value: LongDouble): boolean {
  return !Number.isNaN(value.exponent);
}

function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(16).length * 4 - Math.clz32(Number.parseInt(n.toString(16)[0]!, 16)) + 28;
}

/** The whole number nearest to numerator / denominator, ties to even. Neither is negative. */
function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator - quotient * denominator) * 2n;
  const up = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** The long double nearest to numerator / denominator x 2^exponent. */
function nearest(negative: boolean, numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return ZERO;
  let shift = bitLength(numerator) - bitLength(denominator) - MANTISSA_BITS;
  // One bit too many or exactly enough, depending on the quotient; look before rounding once.
  if (scaled(numerator, denominator, shift, false) >> BigInt(MANTISSA_BITS) === 0n) {
    if (scaled(numerator, denominator, shift, false) >> BigInt(MANTISSA_BITS - 1) === 0n) shift--;
  } else shift++;
  shift = Math.max(shift, EXPONENT_MIN - exponent);
  const mantissa = scaled(numerator, denominator, shift, true);
  if (bitLength(mantissa) + shift + exponent > EXPONENT_MAX) return INFINITE;
  return { mantissa: negative ? -mantissa : mantissa, exponent: shift + exponent };
}

function scaled(numerator: bigint, denominator: bigint, shift: number, round: boolean): bigint {
  const top = shift < 0 ? numerator << BigInt(-shift) : numerator;
  const bottom = shift > 0 ? denominator << BigInt(shift) : denominator;
  return round ? divideRounded(top, bottom) : top / bottom;
}

const DECIMAL = /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x(?:([0-9a-f]+)\.?([0-9a-f]*)|\.([0-9a-f]+))(?:p([+-]?\d+))?$/i;
const INFINITY = /^[+-]?inf(inity)?$/i;
/** Powers of ten beyond these are infinite or nothing whatever 5,119 digits stand before them. */
const POWER_OF_TEN_MAX = 12_000;

/** As C's strtold would read the whole text; undefined if it would not, or if it is NaN, too large or too small. */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length > TEXT_CHARS_MAX) return undefined;
  if (INFINITY.test(text)) return INFINITE;
  const decimal = DECIMAL.exec(text);
  const parts = decimal ?? HEXADECIMAL.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = parts[4] ?? '', , power = '0'] = parts;
  const digits = whole + (parts[4] ?? fraction);
  const places = (parts[4] ?? fraction).length;
  const value = decimal
    ? fromDecimal(sign === '-', BigInt(digits), Number(power) - places)
    : nearestPower(sign === '-', BigInt(`0x${digits}`), Number(power) - 4 * places);
  const vanished = value.mantissa === 0n && /[1-9a-f]/i.test(digits);
  return vanished || !isFiniteDouble(value) ? undefined : value;
}

function fromDecimal(negative: boolean, digits: bigint, power: number): LongDouble {
  if (digits === 0n || power < -POWER_OF_TEN_MAX) return ZERO;
  if (power > POWER_OF_TEN_MAX) return INFINITE;
  const ten = 10n ** BigInt(Math.abs(power));
  return power < 0 ? nearest(negative, digits, ten, 0) : nearest(negative, digits * ten, 1n, 0);
}

function nearestPower(negative: boolean, digits: bigint, power: number): LongDouble {
  if (digits === 0n || power < -4 * POWER_OF_TEN_MAX) return ZERO;
  return power > 4 * POWER_OF_TEN_MAX ? INFINITE : nearest(negative, digits, 1n, power);
}

export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble {
  if (!isFiniteDouble(a) || !isFiniteDouble(b)) return INFINITE;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  return nearest(sum < 0n, sum < 0n ? -sum : sum, 1n, exponent);
}

/** C's %.17Lf without the zeros at its end. */
export function formatLongDouble({ mantissa, exponent }: LongDouble): string {
  const negative = mantissa < 0n;
  const size = (negative ? -mantissa : mantissa) * 10n ** BigInt(FRACTION_DIGITS);
  const units = exponent < 0 ? divideRounded(size, 1n << BigInt(-exponent)) : size << BigInt(exponent);
  const digits = String(units).padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}
