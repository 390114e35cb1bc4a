import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { moveElement } from './move';

export const rpoplpush = command({
  name: 'rpoplpush',
  group: 'list',
  since: '1.2.0',
  summary: 'Remove the last element in a list, prepend it to another list and return it',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  args: { source: key('RW', 'access', 'delete'), destination: key('RW', 'insert') },
  examples: `
> RPUSH jobs a b
:2
> RPOPLPUSH jobs done
"b"
> RPOPLPUSH missing done
nil
`,
  run: (ctx, { source, destination }) => moveElement(ctx, source, destination, 'right', 'left'),
});
