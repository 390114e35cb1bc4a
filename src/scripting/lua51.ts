import { formatConversion, padded } from './c-format';
import { parseInBase, parseNumber } from './c-numbers';
import {
  argument,
  argumentCount,
  badArgument,
  blob,
  bytesArgument,
  bytesIn,
  bytesOf,
  latin1,
  limits,
  type Native,
  nil,
  number,
  numberArgument,
  push,
  raise,
  type Thread,
  TYPE,
  text,
  typeOf,
} from './fengari';
import type { ScriptRandom } from './random';

const real =
  (of: (n: number) => number): Native =>
  (L) =>
    push(L, number(of(numberArgument(L, 1))));
const reals =
  (of: (a: number, b: number) => number): Native =>
  (L) =>
    push(L, number(of(numberArgument(L, 1), numberArgument(L, 2))));

/** What Lua 5.1 has in `math` and 5.3 has not, or does otherwise. */
export function mathOf(random: ScriptRandom): Record<string, Native> {
  const fmod = reals((a, b) => a % b);
  return {
    pow: reals((a, b) => a ** b),
    log: real(Math.log),
    log10: real(Math.log10),
    sinh: real(Math.sinh),
    cosh: real(Math.cosh),
    tanh: real(Math.tanh),
    atan: real(Math.atan),
    atan2: reals(Math.atan2),
    floor: real(Math.floor),
    ceil: real(Math.ceil),
    abs: real(Math.abs),
    fmod,
    mod: fmod,
    ldexp: reals((m, e) => m * 2 ** Math.trunc(e)),
    frexp: (L) => {
      const n = numberArgument(L, 1);
      let exponent = n === 0 || !Number.isFinite(n) ? 0 : Math.max(-1023, Math.floor(Math.log2(Math.abs(n))) + 1);
      let mantissa = n * 2 ** -exponent;
      while (Math.abs(mantissa) >= 1 && Number.isFinite(mantissa)) {
        mantissa /= 2;
        exponent++;
      }
      push(L, number(mantissa));
      push(L, number(exponent));
      return 2;
    },
    random: (L) => {
      const r = random.next();
      const count = argumentCount(L);
      if (count === 0) return push(L, number(r));
      if (count > 2) raise(L, 'wrong number of arguments');
      const low = count === 1 ? 1 : Math.trunc(numberArgument(L, 1));
      const high = Math.trunc(numberArgument(L, count));
      if (low > high) badArgument(L, count, 'interval is empty');
      return push(L, number(Math.floor(r * (high - low + 1)) + low));
    },
    randomseed: (L) => {
      random.seed(Math.trunc(numberArgument(L, 1)) | 0);
      return 0;
    },
  };
}

const CONVERSION = /%([-+ #0]*)(\d*)(?:\.(\d*))?(.?)/gs;

function format(L: Thread): number {
  const pattern = latin1(bytesArgument(L, 1));
  let arg = 1;
  let bytes = 0;
  const done = pattern.replace(
    CONVERSION,
    (all, flags: string, width: string, precision: string | undefined, kind: string) => {
      if (kind === '%' && all.length === 2) return '%';
      if (flags.length > 5) raise(L, 'invalid format (repeated flags)');
      if (width.length > 2 || (precision?.length ?? 0) > 2) raise(L, 'invalid format (width or precision too long)');
      arg++;
      const conversion = {
        flags,
        width: Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        kind,
      };
      const part = convert(L, arg, conversion);
      bytes += part.length;
      if (bytes > limits.stringBytesMax) raise(L, 'not enough memory');
      return part;
    },
  );
  return push(L, text(L, done));
}

function convert(L: Thread, arg: number, conversion: Parameters<typeof formatConversion>[1]): string {
  const { kind, precision } = conversion;
  if (kind !== '' && 'diuoxXeEfgG'.includes(kind)) return formatConversion(numberArgument(L, arg), conversion);
  if (kind === 'c') return padded(String.fromCharCode(Math.trunc(numberArgument(L, arg)) & 255), conversion, false);
  if (kind === 's') {
    const value = latin1(bytesArgument(L, arg));
    if (precision === undefined && value.length >= 100) return value;
    const nul = value.indexOf('\0');
    const whole = nul < 0 ? value : value.slice(0, nul);
    return padded(precision === undefined ? whole : whole.slice(0, precision), conversion, false);
  }
  if (kind === 'q') return quoted(latin1(bytesArgument(L, arg)));
  return raise(L, `invalid option '%${kind}' to 'format'`);
}

function quoted(value: string): string {
  return `"${value.replace(/["\\\n\r\x00]/g, (c) => (c === '\r' ? '\\r' : c === '\0' ? '\\000' : `\\${c}`))}"`;
}

function rep(L: Thread): number {
  const bytes = bytesArgument(L, 1);
  const times = Math.max(0, Math.trunc(numberArgument(L, 2)) || 0);
  if (bytes.length * times > limits.stringBytesMax) raise(L, 'not enough memory');
  const all = new Uint8Array(bytes.length * times);
  if (all.length === 0) return push(L, blob(L, all));
  if (bytes.length === 1) all.fill(bytes[0]!);
  else {
    all.set(bytes);
    for (let done = bytes.length; done < all.length; done *= 2)
      all.copyWithin(done, 0, Math.min(done, all.length - done));
  }
  return push(L, blob(L, all));
}

export const STRING: Record<string, Native> = { format, rep };

function tonumber(L: Thread): number {
  const value = argument(L, 1);
  const base = argument(L, 2);
  if (base === undefined || typeOf(base) === TYPE.NIL || numberArgument(L, 2) === 10) {
    if (value === undefined) badArgument(L, 1, 'value expected');
    if (typeOf(value) === TYPE.NUMBER) return push(L, value);
    const n = typeOf(value) === TYPE.STRING ? parseNumber(latin1(bytesIn(value))) : undefined;
    return push(L, n === undefined ? nil() : number(n));
  }
  const radix = Math.trunc(numberArgument(L, 2));
  if (radix < 2 || radix > 36) badArgument(L, 2, 'base out of range');
  const n = parseInBase(latin1(bytesArgument(L, 1)), radix);
  return push(L, n === undefined ? nil() : number(n));
}

function collectgarbage(L: Thread): number {
  const what = argument(L, 1) === undefined ? 'collect' : latin1(bytesArgument(L, 1));
  if (what === 'count') return gcinfo(L);
  return push(L, number(0));
}

/** What a fresh state takes in Redis, in kibibytes; the true figure is not to be had. */
const FRESH_KIB = 40;

function gcinfo(L: Thread): number {
  return push(L, number(FRESH_KIB));
}

export const BASE: Record<string, Native> = { tonumber, collectgarbage, gcinfo };

/** Functions that are said best in Lua itself; `raw` are 5.3's. */
const PRELUDE = `
local pcall, load, type, select, next, error, getn = pcall, load, type, select, next, error, function(t) return #t end
local function finish(ok, ...)
  if ok then return true, ... end
  local e = ...
  if type(e) == 'table' then
    local err = e.err
    if type(err) == 'string' or type(err) == 'number' then return false, err end
  end
  return false, e
end
local T = table
return {
  pcall = function(...) return finish(pcall(...)) end,
  loadstring = function(s, name)
    if type(s) ~= 'string' then error("bad argument #1 to 'loadstring' (string expected, got " .. type(s) .. ")", 2) end
    return load(s, name or s, 't')
  end,
  load = function(f, name)
    if type(f) ~= 'function' then error("bad argument #1 to 'load' (function expected, got " .. type(f) .. ")", 2) end
    return load(f, name or '=(load)', 't')
  end,
  unpack = T.unpack,
}, {
  getn = getn,
  maxn = function(t) local n = 0 for k in next, t do if type(k) == 'number' and k > n then n = k end end return n end,
  foreach = function(t, f) for k, v in next, t do local r = f(k, v) if r ~= nil then return r end end end,
  foreachi = function(t, f) for i = 1, #t do local r = f(i, t[i]) if r ~= nil then return r end end end,
  setn = function() error("'setn' is obsolete", 2) end,
}
`;

export function preludeCode(): Uint8Array {
  return bytesOf(PRELUDE);
}
