import { causerOf } from '../causer';
import { oneOf } from '../framework/arguments';
import { command } from '../framework/command';

export const flushdb = command({
  name: 'flushdb',
  group: 'server',
  since: '1.0.0',
  summary: 'Remove all keys from the current database',
  complexity: 'O(N) where N is the number of keys in the selected database',
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  args: { async: oneOf('ASYNC', 'SYNC') },
  strict: true,
  examples: `
> SET a 1
+OK
> FLUSHDB ASYNC
+OK
> DBSIZE
:0
`,
  run: (ctx) => ctx.when(ctx.engine.flush(ctx.client.db, causerOf(ctx)), () => ctx.out.ok()),
});
