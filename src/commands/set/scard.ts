import { found } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const scard = command({
  name: 'scard',
  group: 'set',
  since: '1.0.0',
  summary: 'Get the number of members in a set',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO') },
  examples: `
> SADD tags a b
:2
> SCARD tags
:2
> SCARD missing
:0
`,
  run: (ctx, { key }) => found(ctx, key, 'set', (set) => ctx.out.integer(set?.length ?? 0)),
});
