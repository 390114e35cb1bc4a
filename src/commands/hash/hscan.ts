import { SCAN_ARGS, scanElements } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';

export const hscan = command({
  name: 'hscan',
  group: 'hash',
  since: '2.8.0',
  summary: 'Incrementally iterate hash fields and associated values',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access'), ...SCAN_ARGS },
  examples: `
> HSET user name Ada age 36
:2
> HSCAN user 0 MATCH n*
["0", ["name", "Ada"]]
`,
  run: (ctx, { key, ...words }) => scanElements(ctx, key, 'hash', words, (field, value: string) => [field, value]),
});
