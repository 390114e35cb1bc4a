import type { MemberSet } from '../../types/set';
import { adding, bytesOfAll } from '../collections';
import type { Context, Outcome } from '../context';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';
import { writeTruth } from '../values';

function add(ctx: Context, key: Argument, members: readonly Argument[]): Outcome {
  return adding(
    ctx,
    key,
    'set',
    bytesOfAll(members),
    (set) => {
      let added = 0;
      for (const member of members) if (set.add(member)) added++;
      return added;
    },
    (added) => ctx.out.integer(added),
  );
}

export const sadd = command({
  name: 'sadd',
  group: 'set',
  since: '1.0.0',
  summary: 'Add one or more members to a set',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'insert'), member: many(bytes()) },
  examples: `
> SADD tags a b
:2
> SADD tags b c
:1
> SMEMBERS tags
unordered ["a", "b", "c"]
`,
  fast(ctx, args, argc) {
    if (argc !== 3) return false;
    const member = args[2]!;
    const add = (set: MemberSet) => set.add(member);
    return adding(ctx, args[1]!, 'set', member.length, add, (added) => writeTruth(ctx, added)) ?? true;
  },
  run: (ctx, { key, member: members }) => add(ctx, key, members),
});
