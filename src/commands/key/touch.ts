import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const touch = command({
  name: 'touch',
  group: 'generic',
  since: '3.2.1',
  summary: 'Alters the last access time of a key(s). Returns the number of existing keys specified.',
  complexity: 'O(N) where N is the number of keys that will be touched.',
  flags: ['readonly', 'fast'],
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  args: { key: many(key('RO')) },
  examples: `
> MSET a 1 b 2
+OK
> TOUCH a b c
:2
`,
  run: (ctx, { key: keys }) => ctx.when(ctx.engine.touch(ctx.client.db, keys), (count) => ctx.out.integer(count)),
});
