import { changing } from '../collections';
import { bytes, key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const srem = command({
  name: 'srem',
  group: 'set',
  since: '1.0.0',
  summary: 'Remove one or more members from a set',
  complexity: 'O(N) where N is the number of members to be removed.',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'delete'), member: many(bytes()) },
  examples: `
> SADD tags a b
:2
> SREM tags a x
:1
`,
  run: (ctx, { key, member: members }) =>
    changing(
      ctx,
      key,
      'set',
      (set) => members.filter((member) => set.delete(member)).length,
      (deleted = 0) => ctx.out.integer(deleted),
    ),
});
