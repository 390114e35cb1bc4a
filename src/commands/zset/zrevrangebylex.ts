import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { LIMIT, writeRange } from './range';

export const zrevrangebylex = command({
  name: 'zrevrangebylex',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements being returned. If M is constant (e.g. always asking for the first 10 elements with LIMIT), you can consider it O(log(N)).',
  flags: ['readonly'],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  args: {
    key: key('RO', 'access'),
    max: bytes(undefined, 'string'),
    min: bytes(undefined, 'string'),
    rest: tail(0, LIMIT),
  },
  examples: `
> ZADD board 0 ada 0 bob
:2
> ZREVRANGEBYLEX board + -
["bob", "ada"]
`,
  run: (ctx, { key, max, min, rest }) => writeRange(ctx, key, [max, min], rest, { by: 'lex', isDown: true }),
});
