import { found, writeElement } from '../collections';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const hmget = command({
  name: 'hmget',
  group: 'hash',
  since: '2.0.0',
  summary: 'Get the values of all the given hash fields',
  complexity: 'O(N) where N is the number of fields being requested.',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), field: many(bytes()) },
  examples: `
> HSET user name Ada
:1
> HMGET user name age
["Ada", nil]
`,
  run: (ctx, { key, field: fields }) =>
    found(ctx, key, 'hash', (hash) => {
      ctx.out.array(fields.length);
      for (const field of fields) writeElement(ctx, hash?.get(field));
    }),
});
