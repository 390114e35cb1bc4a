import { found } from '../collections';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { writeTruth } from '../values';

export const smismember = command({
  name: 'smismember',
  group: 'set',
  since: '6.2.0',
  summary: 'Returns the membership associated with the given elements for a set',
  complexity: 'O(N) where N is the number of elements being checked for membership',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), member: many(bytes()) },
  examples: `
> SADD tags a
:1
> SMISMEMBER tags a b
[:1, :0]
`,
  run: (ctx, { key, member: members }) =>
    found(ctx, key, 'set', (set) => {
      ctx.out.array(members.length);
      for (const member of members) writeTruth(ctx, set?.has(member) ?? false);
    }),
});
