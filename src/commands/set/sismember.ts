import { found } from '../collections';
import type { Context, Outcome } from '../context';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';
import { writeTruth } from '../values';

function answer(ctx: Context, key: Argument, member: Argument): Outcome {
  return found(ctx, key, 'set', (set) => writeTruth(ctx, set?.has(member) ?? false));
}

export const sismember = command({
  name: 'sismember',
  group: 'set',
  since: '1.0.0',
  summary: 'Determine if a given value is a member of a set',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO'), member: bytes() },
  examples: `
> SADD tags a
:1
> SISMEMBER tags a
:1
> SISMEMBER tags b
:0
`,
  fast: (ctx, args) => answer(ctx, args[1]!, args[2]!) ?? true,
  run: (ctx, { key, member }) => answer(ctx, key, member),
});
