import { Fault } from '../../base/fault';
import { int64, key } from '../framework/arguments';
import { command } from '../framework/command';
import { INT64_MIN } from '../framework/numbers';
import { increment } from './increment';

const NO_NEGATION = new Fault('ERR decrement would overflow');

export const decrby = command({
  name: 'decrby',
  group: 'string',
  since: '1.0.0',
  summary: 'Decrement the integer value of a key by the given number',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update'), decrement: int64() },
  examples: `
> SET k 10
+OK
> DECRBY k 3
:7
`,
  run(ctx, { key, decrement }) {
    if (decrement === INT64_MIN) throw NO_NEGATION;
    return increment(ctx, key, -decrement);
  },
});
