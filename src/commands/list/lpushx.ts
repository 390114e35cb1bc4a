import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { push } from './push';

export const lpushx = command({
  name: 'lpushx',
  group: 'list',
  since: '2.2.0',
  summary: 'Prepend an element to a list, only if the list exists',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'insert'), element: many(bytes()) },
  examples: `
> LPUSHX jobs a
:0
> RPUSH jobs a
:1
> LPUSHX jobs b
:2
`,
  run: (ctx, { key, element: elements }) => push(ctx, key, elements, 'left', true),
});
