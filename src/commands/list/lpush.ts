import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { push } from './push';

export const lpush = command({
  name: 'lpush',
  group: 'list',
  since: '1.0.0',
  summary: 'Prepend one or multiple elements to a list',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'insert'), element: many(bytes()) },
  examples: `
> LPUSH jobs a b
:2
> LRANGE jobs 0 -1
["b", "a"]
`,
  fast: (ctx, args, argc) => argc === 3 && (push(ctx, args[1]!, [args[2]!], 'left') ?? true),
  run: (ctx, { key, element: elements }) => push(ctx, key, elements, 'left'),
});
