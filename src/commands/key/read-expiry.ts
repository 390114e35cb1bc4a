import type { Bytes } from '../../base/bytes';
import { NEVER } from '../../layers/layer';
import type { Context, Outcome } from '../context';
import { writeTime } from '../expiry';
import { located } from '../values';

const NO_KEY = -2;
const NO_EXPIRY = -1;

export interface TimeForm {
  readonly unitMs: number;
  /** A Unix time, or what is left. */
  readonly absolute: boolean;
  /** Added before whole units are taken: half a unit rounds to the nearest. */
  readonly roundMs: number;
}

/** What TTL, PTTL, EXPIRETIME and PEXPIRETIME answer: -2 without a key, -1 without an expiry. */
export function writeExpiry(ctx: Context, key: Bytes, { unitMs, absolute, roundMs }: TimeForm): Outcome {
  return located(ctx, key, (slot) => {
    const { clock, engine, out } = ctx;
    if (slot === 0) return out.integer(NO_KEY);
    const expiresAt = engine.expiresAt(slot);
    if (expiresAt === NEVER) return out.integer(NO_EXPIRY);
    const ms = absolute ? expiresAt + clock.wallOffsetMs : Math.max(0, expiresAt - clock.now);
    return writeTime(ctx, ms, unitMs, roundMs);
  });
}
