import { argumentCount, type Native, number, numberArgument, push, type Thread, text } from './fengari';

/** To 32 bits, as LuaBitOp wraps a double. */
function bits(L: Thread, arg: number): number {
  const n = numberArgument(L, arg);
  return Number.isFinite(n) ? Number(BigInt.asIntN(32, BigInt(roundHalfEven(n)))) : 0;
}

function roundHalfEven(n: number): number {
  const floor = Math.floor(n);
  const rest = n - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const one =
  (of: (a: number) => number): Native =>
  (L) =>
    push(L, number(of(bits(L, 1)) | 0));

const all =
  (of: (a: number, b: number) => number): Native =>
  (L) => {
    let result = bits(L, 1);
    for (let i = 2, count = argumentCount(L); i <= count; i++) result = of(result, bits(L, i));
    return push(L, number(result | 0));
  };

const shift =
  (of: (a: number, n: number) => number): Native =>
  (L) =>
    push(L, number(of(bits(L, 1), bits(L, 2) & 31) | 0));

/** LuaBitOp. */
export const BIT: Record<string, Native> = {
  tobit: one((a) => a),
  bnot: one((a) => ~a),
  band: all((a, b) => a & b),
  bor: all((a, b) => a | b),
  bxor: all((a, b) => a ^ b),
  lshift: shift((a, n) => a << n),
  rshift: shift((a, n) => a >>> n),
  arshift: shift((a, n) => a >> n),
  rol: shift((a, n) => (a << n) | (a >>> (32 - n))),
  ror: shift((a, n) => (a >>> n) | (a << (32 - n))),
  bswap: one((a) => (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24)),
  tohex: (L) => {
    const value = bits(L, 1) >>> 0;
    const wanted = argumentCount(L) < 2 ? 8 : bits(L, 2);
    const count = Math.min(Math.abs(wanted), 8);
    const hex = count === 0 ? '' : value.toString(16).padStart(8, '0').slice(-count);
    return push(L, text(L, wanted < 0 ? hex.toUpperCase() : hex));
  },
};
