import { key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { combineInto, inputs, JOIN_OPTIONS } from './algebra';

export const zinterstore = command({
  name: 'zinterstore',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Intersect multiple sorted sets and store the resulting sorted set in a new key',
  complexity:
    'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.',
  flags: ['write', 'denyoom'],
  args: { destination: key('OW', 'update'), key: inputs('RO', 'access'), rest: tail(0, ...JOIN_OPTIONS) },
  examples: `
> ZADD a 1 x 2 y
:2
> ZADD b 10 y 3 z
:2
> ZINTERSTORE c 2 a b
:1
`,
  run: (ctx, { destination, key: keys, rest }) => combineInto(ctx, destination, keys, rest, 'intersection'),
});
