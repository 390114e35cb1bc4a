import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { LIMIT, WITHSCORES, writeRange } from './range';

export const zrevrangebyscore = command({
  name: 'zrevrangebyscore',
  group: 'sorted-set',
  since: '2.2.0',
  summary: 'Return a range of members in a sorted set, by score, with scores ordered from high to low',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
  flags: ['readonly'],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
  args: {
    key: key('RO', 'access'),
    max: bytes(undefined, 'double'),
    min: bytes(undefined, 'double'),
    rest: tail(0, WITHSCORES, LIMIT),
  },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZREVRANGEBYSCORE board +inf 0 LIMIT 0 1
["bob"]
`,
  run: (ctx, { key, max, min, rest }) => writeRange(ctx, key, [max, min], rest, { by: 'score', isDown: true }),
});
