import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const unlink = command({
  name: 'unlink',
  group: 'generic',
  since: '4.0.0',
  summary: 'Delete a key, as DEL does',
  complexity: 'O(1) for each key removed regardless of its size.',
  flags: ['write', 'fast'],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  args: { key: many(key('RM', 'delete')) },
  examples: `
> SET a 1
+OK
> UNLINK a b
:1
`,
  run: (ctx, { key: keys }) =>
    ctx.when(ctx.engine.removeMany(ctx.client.db, keys, ctx.client.id), (count) => ctx.out.integer(count)),
});
