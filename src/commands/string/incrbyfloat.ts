import { bytesOf, latin1Of } from '../../base/bytes';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { NOT_A_FLOAT, NOT_FINITE } from '../framework/faults';
import { CHANGED, currentValue, stringOf } from '../values';
import {
  addLongDoubles,
  formatLongDouble,
  isFiniteDouble,
  type LongDouble,
  parseLongDouble,
  ZERO,
} from './long-double';

function read(text: string): LongDouble {
  const value = parseLongDouble(text);
  if (value === undefined) throw NOT_A_FLOAT;
  return value;
}

export const incrbyfloat = command({
  name: 'incrbyfloat',
  group: 'string',
  since: '2.6.0',
  summary: 'Increment the float value of a key by the given amount',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update'), increment: bytes(undefined, 'double') },
  examples: `
> SET k 10.50
+OK
> INCRBYFLOAT k 0.1
"10.6"
> INCRBYFLOAT k -5
"5.6"
> SET k 5.0e3
+OK
> INCRBYFLOAT k 2.0e2
"5200"
`,
  run(ctx, { key, increment }) {
    return currentValue(ctx, key, (old) => {
      const before = stringOf(old) === null ? ZERO : read(latin1Of(old!));
      const sum = addLongDoubles(before, read(increment.toString()));
      if (!isFiniteDouble(sum)) throw NOT_FINITE;
      const text = formatLongDouble(sum);
      ctx.engine.set(ctx.client.db, key, bytesOf(text), CHANGED);
      ctx.out.bulkText(text);
    });
  },
});
