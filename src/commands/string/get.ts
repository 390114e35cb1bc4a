import type { Bytes } from '../../base/bytes';
import type { Context, Outcome } from '../context';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeFound } from '../values';

function answer(ctx: Context, key: Bytes): Outcome {
  const value = ctx.engine.get(ctx.client.db, key);
  return value instanceof Promise
    ? ctx.when(value, (given) => writeFound(ctx, key, given))
    : writeFound(ctx, key, value);
}

export const get = command({
  name: 'get',
  group: 'string',
  since: '1.0.0',
  summary: 'Get the value of a key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access') },
  examples: `
> SET k v
+OK
> GET k
"v"
> GET missing
nil
`,
  fast: (ctx, args) => answer(ctx, args[1]!),
  run: (ctx, { key }) => answer(ctx, key),
});
