import { key, many, text } from '../framework/arguments';
import { command } from '../framework/command';

export const tagadd = command({
  name: 'tagadd',
  group: 'larder',
  since: '0.1.0',
  summary: 'Add tags to a key; -2 without the key, -1 if it died because a tag was invalidated after its fill began',
  complexity: 'O(T) where T is the number of tags',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'update'), tags: many(text('tag')) },
  examples: `
> SET k v
+OK
> TAGADD k a b a
:2
> TAGADD k b c
:1
> TAGADD missing a
:-2
`,
  run: (ctx, { key, tags }) => ctx.when(ctx.engine.tagAdd(ctx.client.db, key, tags), (n) => ctx.out.integer(n)),
});
