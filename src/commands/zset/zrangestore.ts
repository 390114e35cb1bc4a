import { bytes, key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { RANGE_OPTIONS, storeRange } from './range';

export const zrangestore = command({
  name: 'zrangestore',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Store a range of members from sorted set into another key',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements stored into the destination key.',
  flags: ['write', 'denyoom'],
  args: {
    destination: key('OW', 'update'),
    source: key('RO', 'access'),
    min: bytes(),
    max: bytes(),
    rest: tail(0, ...RANGE_OPTIONS),
  },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZRANGESTORE best board 0 0 REV
:1
> ZRANGE best 0 -1
["bob"]
`,
  run: (ctx, { destination, source, min, max, rest }) => storeRange(ctx, destination, source, [min, max], rest),
});
