import type { SortedSet } from '../../types/sorted-set';
import { changing } from '../collections';
import type { Context, Outcome } from '../context';
import type { Argument } from '../framework/wire';

/** Removes the members of the ranks that `ranks` says, `from` to one before `to`; answers how many. The set is open. */
export function removeRanks(
  ctx: Context,
  key: Argument,
  ranks: (set: SortedSet) => readonly [from: number, to: number],
): Outcome {
  return changing(
    ctx,
    key,
    'zset',
    (set) => {
      const [from, to] = ranks(set.open());
      const members: string[] = [];
      if (from < to) set.range(from, to - from, false, ({ member }) => members.push(member));
      for (const member of members) set.deleteText(member);
      return members.length;
    },
    (removed = 0) => ctx.out.integer(removed),
  );
}
