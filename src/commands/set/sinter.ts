import { key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { combine, intersection } from './algebra';

export const sinter = command({
  name: 'sinter',
  group: 'set',
  since: '1.0.0',
  summary: 'Intersect multiple sets',
  complexity: 'O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.',
  flags: ['readonly'],
  tips: ['nondeterministic_output_order'],
  args: { key: many(key('RO', 'access')) },
  examples: `
> SADD a 1 2
:2
> SADD b 2 3
:2
> SINTER a b
["2"]
> SINTER a missing
[]
`,
  run: (ctx, { key: keys }) => combine(ctx, keys, intersection),
});
