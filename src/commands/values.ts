import type { Bytes } from '../base/bytes';
import { KEEP_TTL, type SetOptions, type Slot, type Value } from '../engine/api';
import { TYPE_STRING } from '../layers/layer';
import type { Context, Outcome } from './context';
import { VALUE_TOO_LONG, WRONG_TYPE } from './framework/faults';

/** A change of a value, not a new one: expiry, tags and sources stay. */
export const CHANGED: SetOptions = Object.freeze({ expiresAt: KEEP_TTL, keepTies: true });

/** The value if it is a string. Throws WRONGTYPE. */
export function stringOf<V extends Value | null>(value: V): V {
  if (value !== null && value.type !== TYPE_STRING) throw WRONG_TYPE;
  return value;
}

/** A string as a bulk, or null. Throws WRONGTYPE. */
export function writeString(ctx: Context, value: Value | null): void {
  if (value === null) ctx.out.nil();
  else ctx.out.bulk(stringOf(value));
}

/** Finds the live entry, now or after a wait; 0 if there is none. */
/** As `writeString`, for a reader who may go and make the value if there is none. */
export function writeFound(ctx: Context, key: Bytes, value: Value | null): void {
  if (value === null) ctx.engine.missed(ctx.client.id, ctx.client.db, key);
  writeString(ctx, value);
}

export function located(ctx: Context, key: Bytes, then: (slot: Slot) => Outcome): Outcome {
  const { engine, db } = ctx;
  const slot = engine.locate(db, key);
  return slot instanceof Promise ? ctx.again(slot, () => engine.locate(db, key), then) : then(slot);
}

/** The value as it is now, to be changed: without a loader and uncounted. */
export function currentValue(ctx: Context, key: Bytes, then: (value: Value | null) => Outcome): Outcome {
  const { engine, db } = ctx;
  const value = engine.getRaw(db, key);
  return value instanceof Promise ? ctx.again(value, () => engine.getRaw(db, key), then) : then(value);
}

/** Throws if a value of so many bytes may not be. */
export function checkLength(ctx: Context, sizeBytes: number): void {
  if (sizeBytes > ctx.node.valueBytesMax) throw VALUE_TOO_LONG;
}

/** Writes 1 or 0. */
export function writeTruth(ctx: Context, truth: boolean): void {
  ctx.out.integer(truth ? 1 : 0);
}
