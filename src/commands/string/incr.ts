import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { increment } from './increment';

export const incr = command({
  name: 'incr',
  group: 'string',
  since: '1.0.0',
  summary: 'Increment the integer value of a key by one',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update') },
  examples: `
> SET k 10
+OK
> INCR k
:11
`,
  fast: (ctx, args) => increment(ctx, args[1]!, 1),
  run: (ctx, { key }) => increment(ctx, key, 1),
});
