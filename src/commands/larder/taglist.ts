import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const taglist = command({
  name: 'taglist',
  group: 'larder',
  since: '0.1.0',
  summary: 'Get the tags of a key, sorted; null without the key',
  complexity: 'O(T) where T is the number of tags',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access') },
  examples: `
> TAGSET k v TAGS b a
+OK
> TAGLIST k
["a", "b"]
> TAGLIST missing
*nil
`,
  run(ctx, { key }) {
    return ctx.when(ctx.engine.tagsOf(ctx.client.db, key), (tags) => {
      if (tags === null) return ctx.out.nilArray();
      ctx.out.array(tags.length);
      for (const tag of tags) ctx.out.bulkText(tag);
    });
  },
});
