import { key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { combine, union } from './algebra';

export const sunion = command({
  name: 'sunion',
  group: 'set',
  since: '1.0.0',
  summary: 'Add multiple sets',
  complexity: 'O(N) where N is the total number of elements in all given sets.',
  flags: ['readonly'],
  tips: ['nondeterministic_output_order'],
  args: { key: many(key('RO', 'access')) },
  examples: `
> SADD a 1 2
:2
> SADD b 2 3
:2
> SUNION a b missing
unordered ["1", "2", "3"]
`,
  run: (ctx, { key: keys }) => combine(ctx, keys, union),
});
