import { tail } from '../framework/arguments';
import { command } from '../framework/command';
import { combine, inputs, WITHSCORES } from './algebra';

export const zdiff = command({
  name: 'zdiff',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Subtract multiple sorted sets',
  complexity:
    'O(L + (N-K)log(N)) worst case where L is the total number of elements in all the sets, N is the size of the first set, and K is the size of the result set.',
  flags: ['readonly'],
  args: { key: inputs('RO', 'access'), rest: tail(0, WITHSCORES) },
  examples: `
> ZADD a 1 x 2 y
:2
> ZADD b 10 y 3 z
:2
> ZDIFF 2 a b
["x"]
`,
  run: (ctx, { key: keys, rest }) => combine(ctx, keys, rest, 'difference'),
});
