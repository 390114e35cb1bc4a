import { causerOf } from '../causer';
import { oneOf } from '../framework/arguments';
import { command } from '../framework/command';

export const flushall = command({
  name: 'flushall',
  group: 'server',
  since: '1.0.0',
  summary: 'Remove all keys from all databases',
  complexity: 'O(N) where N is the total number of keys in all databases',
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  args: { async: oneOf('ASYNC', 'SYNC') },
  strict: true,
  examples: `
> SET a 1
+OK
> FLUSHALL ASYNC
+OK
> DBSIZE
:0
`,
  run: (ctx) => ctx.when(ctx.engine.flush(undefined, causerOf(ctx)), () => ctx.out.ok()),
});
