import { toInt64 } from './c-numbers';

/** One conversion of a format: `%-08.3f` is flags '-0', width 8, precision 3, kind 'f'. */
export interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly kind: string;
}

const named = (n: number): string => (Number.isNaN(n) ? '-nan' : n < 0 ? '-inf' : 'inf');

/** `%.<digits>g`. Which NaN it is JavaScript does not say: the one that 0/0 gives on x86. */
export function formatNumber(n: number, digits: number): string {
  if (Number.isInteger(n) && Math.abs(n) < 1e14) return Object.is(n, -0) ? '-0' : String(n);
  return Number.isFinite(n) ? general(n, digits, false) : named(n);
}

function general(n: number, digits: number, keepZeros: boolean): string {
  const significant = digits === 0 ? 1 : digits;
  if (n === 0)
    return (Object.is(n, -0) ? '-0' : '0') + (keepZeros && significant > 1 ? `.${'0'.repeat(significant - 1)}` : '');
  const exponent = Number(n.toExponential(significant - 1).split('e')[1]);
  const isShort = exponent >= -4 && exponent < significant;
  const written = isShort ? fixed(n, significant - 1 - exponent) : n.toExponential(significant - 1);
  const [mantissa, power] = written.split('e');
  const kept = keepZeros || !mantissa!.includes('.') ? mantissa! : mantissa!.replace(/\.?0+$/, '');
  return power === undefined ? kept : `${kept}e${exponentOf(power)}`;
}

function exponentOf(power: string): string {
  const digits = power.slice(1);
  return power[0]! + (digits.length < 2 ? `0${digits}` : digits);
}

/** toFixed for numbers of any size. */
function fixed(n: number, places: number): string {
  if (Math.abs(n) < 1e21) return Object.is(n, -0) ? `-${(0).toFixed(places)}` : n.toFixed(places);
  return BigInt(n).toString() + (places > 0 ? `.${'0'.repeat(places)}` : '');
}

function exponential(n: number, places: number): string {
  const [mantissa, power] = n.toExponential(places).split('e');
  return `${Object.is(n, -0) ? '-' : ''}${mantissa}e${exponentOf(power!)}`;
}

function float(n: number, { kind, precision = 6, flags }: Conversion): string {
  if (!Number.isFinite(n)) return named(n);
  const lower = kind.toLowerCase();
  if (lower === 'f') return fixed(n, precision);
  return lower === 'e' ? exponential(n, precision) : general(n, precision, flags.includes('#'));
}

function whole(n: number, { kind, precision, flags }: Conversion): string {
  const value = toInt64(n);
  const isSigned = kind === 'd' || kind === 'i';
  const magnitude = isSigned ? (value < 0n ? -value : value) : BigInt.asUintN(64, value);
  const base = kind === 'o' ? 8 : kind.toLowerCase() === 'x' ? 16 : 10;
  let digits = precision === 0 && magnitude === 0n ? '' : magnitude.toString(base);
  if (precision !== undefined) digits = digits.padStart(precision, '0');
  if (flags.includes('#') && magnitude !== 0n) digits = (base === 16 ? '0x' : base === 8 ? '0' : '') + digits;
  return isSigned && value < 0n ? `-${digits}` : digits;
}

function signed(text: string, flags: string): string {
  if (text.startsWith('-')) return text;
  return flags.includes('+') ? `+${text}` : flags.includes(' ') ? ` ${text}` : text;
}

export function padded(text: string, { flags, width }: Conversion, mayZero: boolean): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!mayZero || !flags.includes('0')) return text.padStart(width);
  const head = /^[-+ ]?(?:0[xX])?/.exec(text)![0];
  return head + text.slice(head.length).padStart(width - head.length, '0');
}

/** As C's printf formats a number: kinds d i u o x X e E f g G. */
export function formatConversion(n: number, conversion: Conversion): string {
  const { kind, precision, flags } = conversion;
  const isWhole = 'diuoxX'.includes(kind);
  const bare = isWhole ? whole(n, conversion) : float(n, conversion);
  const withSign = 'diuoxX'.includes(kind) && !'di'.includes(kind) ? bare : signed(bare, flags);
  const mayZero = isWhole ? precision === undefined : Number.isFinite(n);
  const done = padded(withSign, conversion, mayZero);
  return 'XEG'.includes(kind) ? done.toUpperCase() : done;
}
