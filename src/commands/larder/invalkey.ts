import { causerOf } from '../causer';
import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const invalkey = command({
  name: 'invalkey',
  group: 'larder',
  since: '0.1.0',
  summary: 'Invalidate keys with all that depends on them; answers how many live entries died',
  complexity: 'O(N) where N is the number of keys and of those that depend on them',
  flags: ['write'],
  args: { keys: many(key('RM', 'delete'), 'key') },
  examples: `
> MSET user:7 Ann page html
+OK
> DEPADD page user:7
:1
> INVALKEY user:7
:2
> EXISTS user:7 page
:0
`,
  run: (ctx, { keys }) =>
    ctx.when(ctx.engine.invalidateKeys(ctx.client.db, keys, causerOf(ctx)), (died) => ctx.out.integer(died)),
});
