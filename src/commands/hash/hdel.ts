import { changing } from '../collections';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const hdel = command({
  name: 'hdel',
  group: 'hash',
  since: '2.0.0',
  summary: 'Delete one or more hash fields',
  complexity: 'O(N) where N is the number of fields to be removed.',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'delete'), field: many(bytes()) },
  examples: `
> HSET user name Ada age 36
:2
> HDEL user name age other
:2
> EXISTS user
:0
`,
  run: (ctx, { key, field: fields }) =>
    changing(
      ctx,
      key,
      'hash',
      (hash) => fields.filter((field) => hash.delete(field)).length,
      (deleted = 0) => ctx.out.integer(deleted),
    ),
});
