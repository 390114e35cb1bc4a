import { found } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { lexBounds, ranksOf } from './bounds';

export const zlexcount = command({
  name: 'zlexcount',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Count the number of members in a sorted set between a given lexicographical range',
  complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), min: bytes(undefined, 'string'), max: bytes(undefined, 'string') },
  examples: `
> ZADD board 0 ada 0 bob
:2
> ZLEXCOUNT board [a (c
:2
`,
  run(ctx, { key, min, max }) {
    const bounds = lexBounds(min, max);
    return found(ctx, key, 'zset', (set) => {
      const [from, to] = set === null ? [0, 0] : ranksOf(set.open(), bounds);
      ctx.out.integer(to - from);
    });
  },
});
