import { bytes, key, pairs } from '../framework/arguments';
import { command } from '../framework/command';

export const mset = command({
  name: 'mset',
  group: 'string',
  since: '1.0.1',
  summary: 'Set multiple keys to multiple values',
  complexity: 'O(N) where N is the number of keys to set.',
  flags: ['write', 'denyoom'],
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  args: { key_value: pairs(key('OW', 'update'), bytes(), ['key', 'value']) },
  examples: `
> MSET a 1 b 2
+OK
> MGET a b
["1", "2"]
`,
  run(ctx, { key_value }) {
    for (const [key, value] of key_value) ctx.engine.set(ctx.client.db, key, value);
    ctx.out.ok();
  },
});
