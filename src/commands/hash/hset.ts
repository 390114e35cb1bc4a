import type { Hash } from '../../types/hash';
import { adding } from '../collections';
import type { Context, Outcome } from '../context';
import { bytes, key, pairs } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';
import { writeTruth } from '../values';

/** Sets all pairs; `then` learns how many fields are new. */
export function setFields(
  ctx: Context,
  key: Argument,
  fields: readonly (readonly [Argument, Argument])[],
  then: (added: number) => Outcome,
): Outcome {
  return adding(
    ctx,
    key,
    'hash',
    fields.reduce((sum, [field, value]) => sum + field.length + value.length, 0),
    (hash) => {
      let added = 0;
      for (const [field, value] of fields) if (hash.set(field, value)) added++;
      return added;
    },
    then,
  );
}

export const hset = command({
  name: 'hset',
  group: 'hash',
  since: '2.0.0',
  summary: 'Set the string value of a hash field',
  complexity:
    'O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'update'), fieldValue: pairs(bytes(), bytes(), ['field', 'value']) },
  examples: `
> HSET user name Ada age 36
:2
> HSET user age 37
:0
> HGET user age
"37"
`,
  fast(ctx, args, argc) {
    if (argc !== 4) return false;
    const field = args[2]!;
    const value = args[3]!;
    const set = (hash: Hash) => hash.set(field, value);
    return adding(ctx, args[1]!, 'hash', field.length + value.length, set, (added) => writeTruth(ctx, added)) ?? true;
  },
  run: (ctx, { key, fieldValue }) => setFields(ctx, key, fieldValue, (added) => ctx.out.integer(added)),
});
