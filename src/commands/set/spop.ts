import { Fault } from '../../base/fault';
import type { MemberSet } from '../../types/set';
import { changing, differentPlaces, writeElement } from '../collections';
import type { Context } from '../context';
import { integer, key, optionalLast } from '../framework/arguments';
import { command } from '../framework/command';

const NEGATIVE = new Fault('ERR value is out of range, must be positive');

/** Takes `count` members out, any. */
function take(ctx: Context, set: MemberSet, count: number): string[] {
  const members = differentPlaces(ctx, set.length, count).map((place) => set.at(place));
  set.open();
  for (const member of members) set.deleteText(member);
  return members;
}

export const spop = command({
  name: 'spop',
  group: 'set',
  since: '1.0.0',
  summary: 'Remove and return one or multiple random members from a set',
  complexity: 'Without the count argument O(1), otherwise O(N) where N is the value of the passed count.',
  flags: ['write', 'fast'],
  tips: ['nondeterministic_output'],
  args: {
    key: key('RW', 'access', 'delete'),
    count: optionalLast(integer({ min: 0, error: NEGATIVE, outOfRange: NEGATIVE }, 'count')),
  },
  examples: `
> SADD tags a
:1
> SPOP tags
"a"
> SPOP tags
nil
`,
  run: (ctx, { key, count }) =>
    changing(
      ctx,
      key,
      'set',
      (set) => take(ctx, set, count ?? 1),
      (members = []) => {
        if (count === undefined) return writeElement(ctx, members[0]);
        ctx.out.set(members.length);
        for (const member of members) ctx.out.bulkText(member);
      },
    ),
});
