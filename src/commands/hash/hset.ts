import { adding } from '../collections';
import type { Context, Outcome } from '../context';
import { bytes, key, pairs } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';

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
    fields.flat(),
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
    return setFields(ctx, args[1]!, [[args[2]!, args[3]!]], (added) => ctx.out.integer(added)) ?? true;
  },
  run: (ctx, { key, fieldValue }) => setFields(ctx, key, fieldValue, (added) => ctx.out.integer(added)),
});
