import { SCAN_ARGS, scanElements } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const sscan = command({
  name: 'sscan',
  group: 'set',
  since: '2.8.0',
  summary: 'Incrementally iterate Set elements',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access'), ...SCAN_ARGS },
  examples: `
> SADD tags a b
:2
> SSCAN tags 0 MATCH a*
["0", ["a"]]
`,
  run: (ctx, { key, ...words }) => scanElements(ctx, key, 'set', words, (member, _value: undefined) => [member]),
});
