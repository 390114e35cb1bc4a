import { adding } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeTruth } from '../values';

export const hsetnx = command({
  name: 'hsetnx',
  group: 'hash',
  since: '2.0.0',
  summary: 'Set the value of a hash field, only if the field does not exist',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'insert'), field: bytes(), value: bytes() },
  examples: `
> HSETNX user name Ada
:1
> HSETNX user name Bob
:0
> HGET user name
"Ada"
`,
  run: (ctx, { key, field, value }) =>
    adding(
      ctx,
      key,
      'hash',
      field.length + value.length,
      (hash) => hash.get(field) === null && hash.set(field, value),
      (added) => writeTruth(ctx, added),
    ),
});
