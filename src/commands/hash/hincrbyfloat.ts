import { Fault } from '../../base/fault';
import { adding } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { NOT_A_FLOAT, NOT_FINITE } from '../framework/faults';
import { addLongDoubles, formatLongDouble, isFiniteDouble, parseLongDouble, ZERO } from '../string/long-double';
import { replaceField } from './increment';

const NOT_FINITE_VALUE = new Fault('ERR value is NaN or Infinity');
const FIELD_NOT_A_FLOAT = new Fault('ERR hash value is not a float');

export const hincrbyfloat = command({
  name: 'hincrbyfloat',
  group: 'hash',
  since: '2.6.0',
  summary: 'Increment the float value of a hash field by the given amount',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update'), field: bytes(), increment: bytes(undefined, 'double') },
  examples: `
> HSET goods price 10.50
:1
> HINCRBYFLOAT goods price 0.1
"10.6"
`,
  run(ctx, { key, field, increment }) {
    const by = parseLongDouble(increment.toString());
    if (by === undefined) throw NOT_A_FLOAT;
    if (!isFiniteDouble(by)) throw NOT_FINITE_VALUE;
    return adding(
      ctx,
      key,
      'hash',
      field.length,
      (hash) =>
        replaceField(hash, field, (old) => {
          const before = old === null ? ZERO : parseLongDouble(old);
          if (before === undefined) throw FIELD_NOT_A_FLOAT;
          const sum = addLongDoubles(before, by);
          if (!isFiniteDouble(sum)) throw NOT_FINITE;
          return formatLongDouble(sum);
        }),
      (sum) => ctx.out.bulkText(sum),
    );
  },
});
