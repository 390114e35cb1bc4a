import { integer, text, token } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';

const COUNT_DEFAULT = 100;
const COUNT_MAX = 10_000;

export const tagkeys = command({
  name: 'tagkeys',
  group: 'larder',
  since: '0.1.0',
  summary: 'Iterate the keys of the selected database that carry a tag',
  complexity: 'O(N) where N is COUNT',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: {
    tag: text(),
    cursor: token('CURSOR', text()),
    count: token('COUNT', integer({ min: 1, outOfRange: SYNTAX })),
  },
  strict: true,
  examples: `
> TAGSET a 1 TAGS t
+OK
> TAGSET b 2 TAGS t u
+OK
> TAGKEYS t
["0", unordered ["a", "b"]]
> TAGKEYS u
["0", ["b"]]
`,
  run(ctx, { tag, cursor = '0', count = COUNT_DEFAULT }) {
    const { engine, out, client } = ctx;
    return ctx.when(engine.tagKeys(client.db, tag, cursor, Math.min(count, COUNT_MAX)), ([next, keys]) => {
      out.array(2);
      out.bulkText(next);
      out.array(keys.length);
      for (const key of keys) out.bulkBuffer(key);
    });
  },
});
