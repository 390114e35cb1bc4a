import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const depadd = command({
  name: 'depadd',
  group: 'larder',
  since: '0.1.0',
  summary: 'Declare that a key is made from others: when one of them is written or invalidated, it dies',
  complexity: 'O(N) where N is the number of keys reached from the sources',
  flags: ['write', 'denyoom'],
  args: { key: key('RW', 'update'), sources: many(key('RO'), 'source') },
  examples: `
> DEPADD page user:7 org:1
:2
> DEPADD page user:7
:0
> SET page html
+OK
> SET user:7 Bea
+OK
> GET page
nil
`,
  run: (ctx, { key, sources }) => ctx.out.integer(ctx.engine.dependencyAdd(ctx.client.db, key, sources)),
});
