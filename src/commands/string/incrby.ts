import { int64, key } from '../framework/arguments';
import { command } from '../framework/command';
import { increment } from './increment';

export const incrby = command({
  name: 'incrby',
  group: 'string',
  since: '1.0.0',
  summary: 'Increment the integer value of a key by the given amount',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update'), increment: int64() },
  examples: `
> SET k 10
+OK
> INCRBY k 5
:15
`,
  run: (ctx, args) => increment(ctx, args.key, args.increment),
});
