import { found, randomPlaces, repeatingCount, writeElement } from '../collections';
import { key, optionalBlock } from '../framework/arguments';
import { command } from '../framework/command';
import { writeScored } from './reply';

export const zrandmember = command({
  name: 'zrandmember',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Get one or multiple random elements from a sorted set',
  complexity: 'O(N) where N is the number of elements returned',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access'), options: optionalBlock(repeatingCount(), 'WITHSCORES') },
  examples: `
> ZADD board 10 ada
:1
> ZRANDMEMBER board
"ada"
> ZRANDMEMBER board -2 WITHSCORES
["ada", "10", "ada", "10"]
`,
  run: (ctx, { key, options }) =>
    found(ctx, key, 'zset', (set) => {
      const places = randomPlaces(ctx, set?.length ?? 0, options?.value ?? 1);
      const items = places.map((rank) => set!.open().atRank(rank));
      if (options === undefined) writeElement(ctx, items[0]?.member);
      else writeScored(ctx, items, options.flag);
    }),
});
