import { Fault } from '../../base/fault';
import { foundAll } from '../collections';
import { integer, numkeys, token } from '../framework/arguments';
import { command } from '../framework/command';
import { intersection } from './algebra';

const NO_KEYS = new Fault('ERR numkeys should be greater than 0');
const TOO_MANY_KEYS = new Fault("ERR Number of keys can't be greater than number of args");
const NEGATIVE_LIMIT = new Fault("ERR LIMIT can't be negative");

export const sintercard = command({
  name: 'sintercard',
  group: 'set',
  since: '7.0.0',
  summary: 'Intersect multiple sets and return the cardinality of the result',
  complexity: 'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.',
  flags: ['readonly'],
  args: {
    key: numkeys({ notInteger: NO_KEYS, none: () => NO_KEYS, tooMany: TOO_MANY_KEYS }, 'RO', 'access'),
    limit: token('LIMIT', integer({ min: 0, error: NEGATIVE_LIMIT, outOfRange: NEGATIVE_LIMIT })),
  },
  examples: `
> SADD a 1 2 3
:3
> SADD b 2 3 4
:3
> SINTERCARD 2 a b
:2
> SINTERCARD 2 a b LIMIT 1
:1
`,
  run: (ctx, { key: keys, limit = 0 }) =>
    foundAll(ctx, keys, ['set'], (sets) => {
      let count = 0;
      intersection(sets, () => ++count !== limit);
      ctx.out.integer(count);
    }),
});
