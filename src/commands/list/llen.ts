import { found } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const llen = command({
  name: 'llen',
  group: 'list',
  since: '1.0.0',
  summary: 'Get the length of a list',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO') },
  examples: `
> RPUSH jobs a b c
:3
> LLEN jobs
:3
> LLEN missing
:0
`,
  run: (ctx, { key }) => found(ctx, key, 'list', (list) => ctx.out.integer(list?.length ?? 0)),
});
