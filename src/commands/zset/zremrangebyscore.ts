import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { ranksOf, scoreBounds } from './bounds';
import { removeRanks } from './removal';

export const zremrangebyscore = command({
  name: 'zremrangebyscore',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Remove all members in a sorted set within the given scores',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
  flags: ['write'],
  args: { key: key('RW', 'delete'), min: bytes(undefined, 'double'), max: bytes(undefined, 'double') },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZREMRANGEBYSCORE board -inf 10
:1
`,
  run(ctx, { key, min, max }) {
    const bounds = scoreBounds(min, max);
    return removeRanks(ctx, key, (set) => ranksOf(set, bounds));
  },
});
