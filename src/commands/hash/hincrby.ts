import { bytesOf } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { adding } from '../collections';
import { bytes, int64, key } from '../framework/arguments';
import { command } from '../framework/command';
import { parseInteger, sumOf } from '../framework/numbers';
import { replaceField } from './increment';

const NOT_AN_INTEGER = new Fault('ERR hash value is not an integer');

export const hincrby = command({
  name: 'hincrby',
  group: 'hash',
  since: '2.0.0',
  summary: 'Increment the integer value of a hash field by the given number',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update'), field: bytes(), increment: int64() },
  examples: `
> HINCRBY user visits 5
:5
> HINCRBY user visits -2
:3
`,
  run: (ctx, { key, field, increment }) =>
    adding(
      ctx,
      key,
      'hash',
      field.length,
      (hash) =>
        replaceField(hash, field, (old) => {
          const before = old === null ? 0 : parseInteger(bytesOf(old));
          if (before === undefined) throw NOT_AN_INTEGER;
          return String(sumOf(before, increment));
        }),
      (sum) => ctx.out.integer(BigInt(sum)),
    ),
});
