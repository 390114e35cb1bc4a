import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { LIMIT, WITHSCORES, writeRange } from './range';

export const zrangebyscore = command({
  name: 'zrangebyscore',
  group: 'sorted-set',
  since: '1.0.5',
  summary: 'Return a range of members in a sorted set, by score',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
  flags: ['readonly'],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  args: {
    key: key('RO', 'access'),
    min: bytes(undefined, 'double'),
    max: bytes(undefined, 'double'),
    rest: tail(0, WITHSCORES, LIMIT),
  },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZRANGEBYSCORE board -inf 10
["ada"]
`,
  run: (ctx, { key, min, max, rest }) => writeRange(ctx, key, [min, max], rest, { by: 'score', isDown: false }),
});
