import { found } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const hvals = command({
  name: 'hvals',
  group: 'hash',
  since: '2.0.0',
  summary: 'Get all the values in a hash',
  complexity: 'O(N) where N is the size of the hash.',
  flags: ['readonly'],
  tips: ['nondeterministic_output_order'],
  args: { key: key('RO', 'access') },
  examples: `
> HSET user name Ada age 36
:2
> HVALS user
["Ada", "36"]
`,
  run: (ctx, { key }) =>
    found(ctx, key, 'hash', (hash) => {
      ctx.out.array(hash?.length ?? 0);
      hash?.each((_field, value) => ctx.out.bulkText(value));
    }),
});
