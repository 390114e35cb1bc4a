import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { push } from './push';

export const rpush = command({
  name: 'rpush',
  group: 'list',
  since: '1.0.0',
  summary: 'Append one or multiple elements to a list',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'insert'), element: many(bytes()) },
  examples: `
> RPUSH jobs a b
:2
> LRANGE jobs 0 -1
["a", "b"]
`,
  fast: (ctx, args, argc) => argc === 3 && (push(ctx, args[1]!, [args[2]!], 'right') ?? true),
  run: (ctx, { key, element: elements }) => push(ctx, key, elements, 'right'),
});
