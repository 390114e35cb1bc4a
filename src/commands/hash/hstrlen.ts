import { lengthOf } from '../../base/bytes';
import { found } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';

export const hstrlen = command({
  name: 'hstrlen',
  group: 'hash',
  since: '3.2.0',
  summary: 'Get the length of the value of a hash field',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO'), field: bytes() },
  examples: `
> HSET user name Ada
:1
> HSTRLEN user name
:3
> HSTRLEN user age
:0
`,
  run: (ctx, { key, field }) =>
    found(ctx, key, 'hash', (hash) => {
      const value = hash?.get(field) ?? '';
      ctx.out.integer(typeof value === 'string' ? value.length : lengthOf(value));
    }),
});
