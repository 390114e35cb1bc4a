import { found } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const hgetall = command({
  name: 'hgetall',
  group: 'hash',
  since: '2.0.0',
  summary: 'Get all the fields and values in a hash',
  complexity: 'O(N) where N is the size of the hash.',
  flags: ['readonly'],
  tips: ['nondeterministic_output_order'],
  args: { key: key('RO', 'access') },
  examples: `
> HSET user name Ada age 36
:2
> HGETALL user
["name", "Ada", "age", "36"]
> HELLO 3
/"proto": :3/
> HGETALL user
{"name": "Ada", "age": "36"}
`,
  run: (ctx, { key }) =>
    found(ctx, key, 'hash', (hash) => {
      const { out } = ctx;
      out.map(hash?.length ?? 0);
      hash?.each((field, value) => {
        out.bulkText(field);
        out.bulkText(value);
      });
    }),
});
