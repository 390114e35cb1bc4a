import { command } from '../framework/command';

export const randomkey = command({
  name: 'randomkey',
  group: 'generic',
  since: '1.0.0',
  summary: 'Return a random key from the keyspace',
  complexity: 'O(1)',
  flags: ['readonly'],
  tips: ['request_policy:all_shards', 'nondeterministic_output'],
  examples: `
> RANDOMKEY
nil
> SET only 1
+OK
> RANDOMKEY
"only"
`,
  run(ctx) {
    return ctx.when(ctx.engine.randomKey(ctx.client.db), (key) => {
      if (key === null) ctx.out.nil();
      else ctx.out.bulkBuffer(key);
    });
  },
});
