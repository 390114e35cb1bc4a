import { tail } from '../framework/arguments';
import { command } from '../framework/command';
import { combine, inputs, JOIN_OPTIONS, WITHSCORES } from './algebra';

export const zunion = command({
  name: 'zunion',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Add multiple sorted sets',
  complexity:
    'O(N)+O(M*log(M)) with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the resulting sorted set.',
  flags: ['readonly'],
  args: { key: inputs('RO', 'access'), rest: tail(0, ...JOIN_OPTIONS, WITHSCORES) },
  examples: `
> ZADD a 1 x 2 y
:2
> ZADD b 10 y 3 z
:2
> ZUNION 2 a b WITHSCORES
["x", "1", "z", "3", "y", "12"]
`,
  run: (ctx, { key: keys, rest }) => combine(ctx, keys, rest, 'union'),
});
