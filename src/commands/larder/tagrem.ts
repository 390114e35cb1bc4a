import { key, many, text } from '../framework/arguments';
import { command } from '../framework/command';

export const tagrem = command({
  name: 'tagrem',
  group: 'larder',
  since: '0.1.0',
  summary: 'Take tags off a key; -2 without the key',
  complexity: 'O(T) where T is the number of tags',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'update'), tags: many(text('tag')) },
  examples: `
> TAGSET k v TAGS a b
+OK
> TAGREM k a z
:1
> TAGLIST k
["b"]
> TAGREM missing a
:-2
`,
  run: (ctx, { key, tags }) => ctx.when(ctx.engine.tagRemove(ctx.client.db, key, tags), (n) => ctx.out.integer(n)),
});
