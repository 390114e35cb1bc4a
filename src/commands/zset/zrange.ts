import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { RANGE_OPTIONS, WITHSCORES, writeRange } from './range';

export const zrange = command({
  name: 'zrange',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Return a range of members in a sorted set',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.',
  flags: ['readonly'],
  args: { key: key('RO', 'access'), start: bytes(), stop: bytes(), rest: tail(0, ...RANGE_OPTIONS, WITHSCORES) },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZRANGE board 0 -1
["ada", "bob"]
> ZRANGE board (10 +inf BYSCORE WITHSCORES
["bob", "20"]
> ZRANGE board 0 0 REV
["bob"]
`,
  run: (ctx, { key, start, stop, rest }) => writeRange(ctx, key, [start, stop], rest, {}),
});
