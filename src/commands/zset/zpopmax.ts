import { key, optionalLast } from '../framework/arguments';
import { command } from '../framework/command';
import { POPPED, popScored } from './pop';

export const zpopmax = command({
  name: 'zpopmax',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Remove and return members with the highest scores in a sorted set',
  complexity:
    'O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'access', 'delete'), count: optionalLast(POPPED) },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZPOPMAX board
["bob", "20"]
`,
  run: (ctx, { key, count }) => popScored(ctx, key, count, true),
});
