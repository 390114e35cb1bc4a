import { Fault } from '../../base/fault';
import { foundAll } from '../collections';
import { integer, token } from '../framework/arguments';
import { command } from '../framework/command';
import { eachCommon, INPUT_KINDS, inputs } from './algebra';

const NEGATIVE_LIMIT = new Fault("ERR LIMIT can't be negative");

export const zintercard = command({
  name: 'zintercard',
  group: 'sorted-set',
  since: '7.0.0',
  summary: 'Intersect multiple sorted sets and return the cardinality of the result',
  complexity: 'O(N*K) worst case with N being the smallest input sorted set, K being the number of input sorted sets.',
  flags: ['readonly'],
  args: {
    key: inputs('RO', 'access'),
    limit: token('LIMIT', integer({ min: 0, error: NEGATIVE_LIMIT, outOfRange: NEGATIVE_LIMIT })),
  },
  examples: `
> ZADD a 1 x 2 y
:2
> ZADD b 3 y 4 z
:2
> ZINTERCARD 2 a b
:1
`,
  run: (ctx, { key: keys, limit = 0 }) =>
    foundAll(ctx, keys, INPUT_KINDS, (sets) => {
      const weights = keys.map(() => 1);
      let count = 0;
      eachCommon(sets, { weights, aggregate: Math.min }, () => ++count !== limit);
      ctx.out.integer(count);
    }),
});
