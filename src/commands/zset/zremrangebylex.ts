import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { lexBounds, ranksOf } from './bounds';
import { removeRanks } from './removal';

export const zremrangebylex = command({
  name: 'zremrangebylex',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Remove all members in a sorted set between the given lexicographical range',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
  flags: ['write'],
  args: { key: key('RW', 'delete'), min: bytes(undefined, 'string'), max: bytes(undefined, 'string') },
  examples: `
> ZADD board 0 ada 0 bob
:2
> ZREMRANGEBYLEX board - (b
:1
`,
  run(ctx, { key, min, max }) {
    const bounds = lexBounds(min, max);
    return removeRanks(ctx, key, (set) => ranksOf(set, bounds));
  },
});
