import { found } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';

export const zrank = command({
  name: 'zrank',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Determine the index of a member in a sorted set',
  complexity: 'O(log(N))',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), member: bytes() },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZRANK board bob
:1
> ZRANK board eve
nil
`,
  run: (ctx, { key, member }) =>
    found(ctx, key, 'zset', (set) => {
      const rank = set === null ? -1 : set.open().rankOf(member.toString());
      if (rank < 0) ctx.out.nil();
      else ctx.out.integer(rank);
    }),
});
