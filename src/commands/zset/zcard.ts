import { found } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const zcard = command({
  name: 'zcard',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Get the number of members in a sorted set',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO') },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZCARD board
:2
`,
  run: (ctx, { key }) => found(ctx, key, 'zset', (set) => ctx.out.integer(set?.length ?? 0)),
});
