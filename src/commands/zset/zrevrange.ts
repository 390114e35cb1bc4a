import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { WITHSCORES, writeRange } from './range';

export const zrevrange = command({
  name: 'zrevrange',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Return a range of members in a sorted set, by index, with scores ordered from high to low',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements returned.',
  flags: ['readonly'],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  args: {
    key: key('RO', 'access'),
    start: bytes(undefined, 'integer'),
    stop: bytes(undefined, 'integer'),
    rest: tail(0, WITHSCORES),
  },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZREVRANGE board 0 -1
["bob", "ada"]
`,
  run: (ctx, { key, start, stop, rest }) => writeRange(ctx, key, [start, stop], rest, { by: 'rank', isDown: true }),
});
