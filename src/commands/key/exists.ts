import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const exists = command({
  name: 'exists',
  group: 'generic',
  since: '1.0.0',
  summary: 'Determine if a key exists',
  complexity: 'O(N) where N is the number of keys to check.',
  flags: ['readonly', 'fast'],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  args: { key: many(key('RO')) },
  examples: `
> SET a 1
+OK
> EXISTS a a b
:2
`,
  run: (ctx, { key: keys }) =>
    ctx.when(ctx.engine.countLive(ctx.client.db, keys, true), (count) => ctx.out.integer(count)),
});
