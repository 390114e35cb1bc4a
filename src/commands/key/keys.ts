import { bytes } from '../framework/arguments';
import { command } from '../framework/command';
import { glob } from '../framework/glob';

export const keys = command({
  name: 'keys',
  group: 'generic',
  since: '1.0.0',
  summary: 'Find all keys matching the given pattern',
  complexity: 'O(N) with N being the number of keys in the database.',
  flags: ['readonly'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  args: { pattern: bytes(undefined, 'pattern') },
  examples: `
> MSET one 1 two 2 three 3
+OK
> KEYS t*
unordered ["two", "three"]
> KEYS [^t]*
["one"]
`,
  run(ctx, { pattern }) {
    return ctx.when(ctx.engine.keys(ctx.client.db, glob(pattern)), (found) => {
      ctx.out.array(found.length);
      for (const key of found) ctx.out.bulkBuffer(key);
    });
  },
});
