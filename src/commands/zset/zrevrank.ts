import { found } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';

export const zrevrank = command({
  name: 'zrevrank',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Determine the index of a member in a sorted set, with scores ordered from high to low',
  complexity: 'O(log(N))',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), member: bytes() },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZREVRANK board bob
:0
> ZREVRANK board eve
nil
`,
  run: (ctx, { key, member }) =>
    found(ctx, key, 'zset', (set) => {
      const rank = set === null ? -1 : set.open().rankOf(member.toString());
      if (rank < 0) ctx.out.nil();
      else ctx.out.integer(set!.length - 1 - rank);
    }),
});
