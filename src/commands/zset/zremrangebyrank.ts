import { integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { removeRanks } from './removal';

export const zremrangebyrank = command({
  name: 'zremrangebyrank',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Remove all members in a sorted set within the given indexes',
  complexity:
    'O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by the operation.',
  flags: ['write'],
  args: { key: key('RW', 'delete'), start: integer(), stop: integer() },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZREMRANGEBYRANK board 0 0
:1
`,
  run: (ctx, { key, start, stop }) =>
    removeRanks(ctx, key, ({ length }) => [
      Math.max(0, start < 0 ? length + start : start),
      Math.min(length, (stop < 0 ? length + stop : stop) + 1),
    ]),
});
