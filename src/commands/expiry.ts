import { Fault } from '../base/fault';
import { KEEP_TTL } from '../engine/api';
import { NEVER } from '../layers/layer';
import type { Context } from './context';
import { bytes, type Chosen } from './framework/arguments';
import { NOT_AN_INTEGER } from './framework/faults';
import { INT64_MAX, INT64_MIN, parseInteger } from './framework/numbers';
import type { Argument } from './framework/wire';

/** How a moment is written: relative or absolute, in seconds or milliseconds. */
export interface MomentForm {
  readonly unitMs: number;
  readonly absolute: boolean;
}

export const MOMENT_FORMS = {
  EX: { unitMs: 1000, absolute: false },
  PX: { unitMs: 1, absolute: false },
  EXAT: { unitMs: 1000, absolute: true },
  PXAT: { unitMs: 1, absolute: true },
} as const satisfies Record<string, MomentForm>;

/** For `choice`: the numbers are read by `expiresAtOf`, since Redis looks at the rest of the command first. */
export const MOMENT_CHOICES = {
  EX: bytes('seconds', 'integer'),
  PX: bytes('milliseconds', 'integer'),
  EXAT: bytes('unix-time-seconds', 'unix-time'),
  PXAT: bytes('unix-time-milliseconds', 'unix-time'),
};

type Expiry = Chosen<keyof typeof MOMENT_FORMS, Argument> | Chosen<'KEEPTTL', undefined> | Chosen<'PERSIST', undefined>;

/** Clock milliseconds, NEVER or KEEP_TTL. Throws if the number is none, or not positive, or too large. */
export function expiresAtOf(ctx: Context, expiry: Expiry | undefined, command: string): number {
  if (expiry === undefined || expiry.token === 'PERSIST') return NEVER;
  if (expiry.token === 'KEEPTTL') return KEEP_TTL;
  return momentOf(ctx, expiry.value, MOMENT_FORMS[expiry.token], command, true);
}

/** Clock milliseconds. With `future`, zero and negative numbers are errors too. */
export function momentOf(
  ctx: Context,
  word: Argument,
  { unitMs, absolute }: MomentForm,
  command: string,
  future: boolean,
): number {
  const { clock } = ctx;
  const given = parseInteger(word);
  if (given === undefined) throw NOT_AN_INTEGER;
  if (future && given <= 0) throw invalidExpiry(command);
  if (typeof given === 'bigint') checkRange(ctx, given, unitMs, absolute, command);
  const ms = Number(given) * unitMs;
  return absolute ? ms - clock.wallOffsetMs : clock.now + ms;
}

function checkRange(ctx: Context, given: bigint, unitMs: number, absolute: boolean, command: string): void {
  const ms = given * BigInt(unitMs);
  const base = absolute ? 0n : BigInt(Math.trunc(ctx.clock.now + ctx.clock.wallOffsetMs));
  if (ms < INT64_MIN || ms > INT64_MAX - base) throw invalidExpiry(command);
}

function invalidExpiry(command: string): Fault {
  return new Fault(`ERR invalid expire time in '${command}' command`);
}

/** A time in whole units as Redis rounds it, within 64 bits. */
export function writeTime(ctx: Context, ms: number, unitMs: number, round: number): void {
  const value = Math.floor((ms + round) / unitMs);
  ctx.out.integer(Number.isSafeInteger(value) ? value : min(BigInt(value), INT64_MAX));
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
