import { key, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { combineInto, inputs } from './algebra';

export const zdiffstore = command({
  name: 'zdiffstore',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Subtract multiple sorted sets and store the resulting sorted set in a new key',
  complexity:
    'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.',
  flags: ['write', 'denyoom'],
  args: { destination: key('OW', 'update'), key: inputs('RO', 'access'), rest: tail(0) },
  examples: `
> ZADD a 1 x 2 y
:2
> ZADD b 10 y 3 z
:2
> ZDIFFSTORE c 2 a b
:1
`,
  run: (ctx, { destination, key: keys, rest }) => combineInto(ctx, destination, keys, rest, 'difference'),
});
