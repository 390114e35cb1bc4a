import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { combine, union } from './algebra';

export const smembers = command({
  name: 'smembers',
  group: 'set',
  since: '1.0.0',
  summary: 'Get all the members in a set',
  complexity: 'O(N) where N is the set cardinality.',
  flags: ['readonly'],
  tips: ['nondeterministic_output_order'],
  args: { key: key('RO', 'access') },
  examples: `
> SADD tags a
:1
> SMEMBERS tags
["a"]
> SMEMBERS missing
[]
`,
  run: (ctx, { key }) => combine(ctx, [key], union),
});
