import { SCAN_ARGS, scanElements } from '../collections';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { doubleText } from '../framework/wire';

export const zscan = command({
  name: 'zscan',
  group: 'sorted-set',
  since: '2.8.0',
  summary: 'Incrementally iterate sorted sets elements and associated scores',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access'), ...SCAN_ARGS },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZSCAN board 0 MATCH a*
["0", ["ada", "10"]]
`,
  run: (ctx, { key, ...words }) =>
    scanElements(ctx, key, 'zset', words, (member, score: number) => [member, doubleText(score)]),
});
