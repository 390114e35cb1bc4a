import { Fault } from '../../base/fault';
import type { Scored } from '../../types/order-tree';
import { changing } from '../collections';
import type { Context, Outcome } from '../context';
import { integer } from '../framework/arguments';
import type { Argument } from '../framework/wire';
import { writeScored } from './reply';

const NEGATIVE = new Fault('ERR value is out of range, must be positive');

export const POPPED = integer({ min: 0, error: NEGATIVE, outOfRange: NEGATIVE }, 'count');

/** ZPOPMIN and ZPOPMAX: without a count the answer is flat also in RESP3. */
export function popScored(ctx: Context, key: Argument, count: number | undefined, isMax: boolean): Outcome {
  return changing(
    ctx,
    key,
    'zset',
    (set) => {
      const items: Scored[] = [];
      set.open().range(isMax ? set.length - 1 : 0, count ?? 1, isMax, (item) => items.push(item));
      for (const { member } of items) set.deleteText(member);
      return items;
    },
    (items = []) => {
      const { out } = ctx;
      if (count !== undefined) return writeScored(ctx, items, true);
      out.array(2 * items.length);
      for (const { member, score } of items) {
        out.bulkText(member);
        out.double(score);
      }
    },
  );
}
