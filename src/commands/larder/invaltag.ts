import { causerOf } from '../causer';
import { many, text } from '../framework/arguments';
import { command } from '../framework/command';

export const invaltag = command({
  name: 'invaltag',
  group: 'larder',
  since: '0.1.0',
  summary: 'Invalidate all that carries a tag, with what depends on it; answers how many live entries died',
  complexity: 'O(T) where T is the number of tags; memory is reclaimed later',
  flags: ['write'],
  args: { tags: many(text('tag')) },
  examples: `
> TAGSET a 1 TAGS t
+OK
> TAGSET b 2 TAGS t u
+OK
> SET c 3
+OK
> INVALTAG t u
:2
> MGET a b c
[nil, nil, "3"]
> INVALTAG t
:0
`,
  run: (ctx, { tags }) => ctx.when(ctx.engine.invalidateTags(tags, causerOf(ctx)), (died) => ctx.out.integer(died)),
});
