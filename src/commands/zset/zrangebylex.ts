import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { LIMIT, writeRange } from './range';

export const zrangebylex = command({
  name: 'zrangebylex',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Return a range of members in a sorted set, by lexicographical range',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
  flags: ['readonly'],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  args: {
    key: key('RO', 'access'),
    min: bytes(undefined, 'string'),
    max: bytes(undefined, 'string'),
    rest: tail(0, LIMIT),
  },
  examples: `
> ZADD board 0 ada 0 bob
:2
> ZRANGEBYLEX board - [ada
["ada"]
`,
  run: (ctx, { key, min, max, rest }) => writeRange(ctx, key, [min, max], rest, { by: 'lex', isDown: false }),
});
