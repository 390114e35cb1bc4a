import { key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { combineInto, intersection } from './algebra';

export const sinterstore = command({
  name: 'sinterstore',
  group: 'set',
  since: '1.0.0',
  summary: 'Intersect multiple sets and store the resulting set in a key',
  complexity: 'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.',
  flags: ['write', 'denyoom'],
  args: { destination: key('RW', 'update'), key: many(key('RO', 'access')) },
  examples: `
> SADD a 1 2
:2
> SADD b 2 3
:2
> SINTERSTORE both a b
:1
`,
  run: (ctx, { destination, key: keys }) => combineInto(ctx, destination, keys, intersection),
});
