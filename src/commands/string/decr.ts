import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { increment } from './increment';

export const decr = command({
  name: 'decr',
  group: 'string',
  since: '1.0.0',
  summary: 'Decrement the integer value of a key by one',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update') },
  examples: `
> SET k 10
+OK
> DECR k
:9
`,
  fast: (ctx, args) => increment(ctx, args[1]!, -1),
  run: (ctx, { key }) => increment(ctx, key, -1),
});
