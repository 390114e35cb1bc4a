import { found } from '../collections';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { writeScore } from './zscore';

export const zmscore = command({
  name: 'zmscore',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Get the score associated with the given members in a sorted set',
  complexity: 'O(N) where N is the number of members being requested.',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), member: many(bytes()) },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZMSCORE board ada eve
["10", nil]
`,
  run: (ctx, { key, member: members }) =>
    found(ctx, key, 'zset', (set) => {
      ctx.out.array(members.length);
      for (const member of members) writeScore(ctx, set?.scoreOf(member));
    }),
});
