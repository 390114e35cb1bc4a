import type { Bytes } from '../../base/bytes';
import type { SetOptions } from '../../engine/api';
import type { Context, Outcome } from '../context';
import { currentValue, located, writeString } from '../values';

export interface StoreConditions {
  condition: 'NX' | 'XX' | undefined;
  /** Answer with the value that was there. */
  get: boolean;
  /** Find the old entry first even without a condition: something of it is kept. */
  mustLocate: boolean;
}

/** What SET and TAGSET do. Answers +OK, the old value, or null when a condition or a fence refused it. */
export function store(
  ctx: Context,
  key: Bytes,
  value: Bytes,
  { condition, get, mustLocate }: StoreConditions,
  options: SetOptions,
): Outcome {
  const put = (exists: boolean) =>
    (condition === undefined || exists === (condition === 'XX')) && ctx.engine.set(ctx.client.db, key, value, options);
  if (get) {
    return currentValue(ctx, key, (old) => {
      // Written before the change: the old value is a view that the change may reuse.
      writeString(ctx, old);
      put(old !== null);
    });
  }
  const answer = (exists: boolean) => (put(exists) ? ctx.out.ok() : ctx.out.nil());
  if (condition === undefined && !mustLocate) return answer(false);
  return located(ctx, key, (slot) => answer(slot !== 0));
}
