import { found, writeElement } from '../collections';
import type { Context, Outcome } from '../context';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';

function answer(ctx: Context, key: Argument, field: Argument): Outcome {
  return found(ctx, key, 'hash', (hash) => writeElement(ctx, hash?.get(field)));
}

export const hget = command({
  name: 'hget',
  group: 'hash',
  since: '2.0.0',
  summary: 'Get the value of a hash field',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), field: bytes() },
  examples: `
> HSET user name Ada
:1
> HGET user name
"Ada"
> HGET user age
nil
> HGET missing name
nil
`,
  fast: (ctx, args) => answer(ctx, args[1]!, args[2]!) ?? true,
  run: (ctx, { key, field }) => answer(ctx, key, field),
});
