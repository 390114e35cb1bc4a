import { tail } from '../framework/arguments';
import { command } from '../framework/command';
import { combine, inputs, JOIN_OPTIONS, WITHSCORES } from './algebra';

export const zinter = command({
  name: 'zinter',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Intersect multiple sorted sets',
  complexity:
    'O(N*K)+O(M*log(M)) worst case with N being the smallest input sorted set, K being the number of input sorted sets and M being the number of elements in the resulting sorted set.',
  flags: ['readonly'],
  args: { key: inputs('RO', 'access'), rest: tail(0, ...JOIN_OPTIONS, WITHSCORES) },
  examples: `
> ZADD a 1 x 2 y
:2
> ZADD b 10 y 3 z
:2
> ZINTER 2 a b WEIGHTS 2 1 WITHSCORES
["y", "14"]
`,
  run: (ctx, { key: keys, rest }) => combine(ctx, keys, rest, 'intersection'),
});
