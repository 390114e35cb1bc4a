import { Fault } from '../../base/fault';
import { changing } from '../collections';
import { bytes, integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { NO_SUCH_KEY } from '../framework/faults';

const OUT_OF_RANGE = new Fault('ERR index out of range');

export const lset = command({
  name: 'lset',
  group: 'list',
  since: '1.0.0',
  summary: 'Set the value of an element in a list by its index',
  complexity:
    'O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).',
  flags: ['write', 'denyoom'],
  args: { key: key('RW', 'update'), index: integer(), element: bytes() },
  examples: `
> RPUSH jobs a b
:2
> LSET jobs -1 x
+OK
> LRANGE jobs 0 -1
["a", "x"]
> LSET jobs 2 y
-ERR index out of range
`,
  run: (ctx, { key, index, element }) =>
    changing(
      ctx,
      key,
      'list',
      (list) => {
        const at = index < 0 ? list.length + index : index;
        if (at < 0 || at >= list.length) throw OUT_OF_RANGE;
        list.open().set(at, element.toString());
        return true;
      },
      (isThere) => {
        if (isThere === undefined) throw NO_SUCH_KEY;
        ctx.out.ok();
      },
    ),
});
