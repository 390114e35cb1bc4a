import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const del = command({
  name: 'del',
  group: 'generic',
  since: '1.0.0',
  summary: 'Delete a key',
  complexity: 'O(N) where N is the number of keys that will be removed.',
  flags: ['write'],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  args: { key: many(key('RM', 'delete')) },
  examples: `
> MSET a 1 b 2
+OK
> DEL a b c
:2
`,
  run: (ctx, { key: keys }) =>
    ctx.when(ctx.engine.removeMany(ctx.client.db, keys, ctx.client.id), (count) => ctx.out.integer(count)),
});
