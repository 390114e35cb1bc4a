import { found } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeTruth } from '../values';

export const hexists = command({
  name: 'hexists',
  group: 'hash',
  since: '2.0.0',
  summary: 'Determine if a hash field exists',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO'), field: bytes() },
  examples: `
> HSET user name Ada
:1
> HEXISTS user name
:1
> HEXISTS user age
:0
`,
  run: (ctx, { key, field }) =>
    found(ctx, key, 'hash', (hash) => writeTruth(ctx, hash !== null && hash.get(field) !== null)),
});
