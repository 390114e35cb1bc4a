import { changing } from '../collections';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const zrem = command({
  name: 'zrem',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Remove one or more members from a sorted set',
  complexity:
    'O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements to be removed.',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'delete'), member: many(bytes()) },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZREM board ada x
:1
`,
  run: (ctx, { key, member: members }) =>
    changing(
      ctx,
      key,
      'zset',
      (set) => members.filter((member) => set.delete(member)).length,
      (deleted = 0) => ctx.out.integer(deleted),
    ),
});
