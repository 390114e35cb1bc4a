import { command } from '../framework/command';

export const dbsize = command({
  name: 'dbsize',
  group: 'server',
  since: '1.0.0',
  summary: 'Return the number of keys in the selected database',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  examples: `
> MSET a 1 b 2
+OK
> DBSIZE
:2
`,
  run: (ctx) => ctx.when(ctx.engine.size(ctx.client.db), (keys) => ctx.out.integer(keys)),
});
