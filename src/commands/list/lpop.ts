import { key, optional } from '../framework/arguments';
import { command } from '../framework/command';
import { POPPED, pop } from './pop';

export const lpop = command({
  name: 'lpop',
  group: 'list',
  since: '1.0.0',
  summary: 'Remove and get the first elements in a list',
  complexity: 'O(N) where N is the number of elements returned',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'access', 'delete'), count: optional(POPPED) },
  examples: `
> RPUSH jobs a b c
:3
> LPOP jobs
"a"
> LPOP jobs 5
["b", "c"]
> LPOP jobs
nil
`,
  run: (ctx, { key, count }) => pop(ctx, key, count, 'left'),
});
