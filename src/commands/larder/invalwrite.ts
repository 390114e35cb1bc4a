import { causerOf } from '../causer';
import { counted, type Input, type Positional, text } from '../framework/arguments';
import { command } from '../framework/command';
import { parseInteger } from '../framework/numbers';
import { contextOf, FIELD } from './write-context';

/** The word of an option that may come right after the type, where no id is given. */
const CONTEXT = 'CONTEXT';

/** `CONTEXT 2 ...` is the option; a row whose id is that word is still named by it. */
function isContext({ args, argc, at }: Input): boolean {
  return at + 1 < argc && args[at]!.toString().toUpperCase() === CONTEXT && parseInteger(args[at + 1]!) !== undefined;
}

const ID: Positional<string | undefined> = {
  kind: 'positional',
  least: 0,
  rest: false,
  shape: { name: 'id', type: 'string', optional: true },
  read: (input) => (input.at < input.argc && !isContext(input) ? input.args[input.at++]!.toString() : undefined),
};

export const invalwrite = command({
  name: 'invalwrite',
  group: 'larder',
  since: '0.1.0',
  summary: 'A row of this type was written: invalidate its tags and what rules add; answers how many live entries died',
  complexity: 'O(T) where T is the number of tags; memory is reclaimed later',
  flags: ['write'],
  args: { type: text(), id: ID, context: counted(CONTEXT, 'field', FIELD) },
  strict: true,
  examples: `
> TAGSET profile:7 Ann TAGS user:7
+OK
> TAGSET feed:7 posts TAGS feed:7
+OK
> INVALWRITE user 7
:1
> RULE ADD feeds ON 1 user:{id} INVALIDATE 2 feed:{id} home:{region}
+OK
> TAGSET home page TAGS home:eu
+OK
> INVALWRITE user 7 CONTEXT 1 region eu
:2
> RULE DEL feeds
:1
`,
  run: (ctx, { type, id, context }) =>
    ctx.when(ctx.engine.invalidateWrite(type, id, contextOf(context), causerOf(ctx)), (died) => ctx.out.integer(died)),
});
