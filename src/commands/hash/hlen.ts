import { found } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const hlen = command({
  name: 'hlen',
  group: 'hash',
  since: '2.0.0',
  summary: 'Get the number of fields in a hash',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO') },
  examples: `
> HSET user name Ada age 36
:2
> HLEN user
:2
> HLEN missing
:0
`,
  run: (ctx, { key }) => found(ctx, key, 'hash', (hash) => ctx.out.integer(hash?.length ?? 0)),
});
