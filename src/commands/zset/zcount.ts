import { found } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { ranksOf, scoreBounds } from './bounds';

export const zcount = command({
  name: 'zcount',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Count the members in a sorted set with scores within the given values',
  complexity: 'O(log(N)) with N being the number of elements in the sorted set.',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), min: bytes(undefined, 'double'), max: bytes(undefined, 'double') },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZCOUNT board (10 +inf
:1
`,
  run(ctx, { key, min, max }) {
    const bounds = scoreBounds(min, max);
    return found(ctx, key, 'zset', (set) => {
      const [from, to] = set === null ? [0, 0] : ranksOf(set.open(), bounds);
      ctx.out.integer(to - from);
    });
  },
});
