import { found } from '../collections';
import type { Context } from '../context';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';

/** A score, or null. */
export function writeScore({ out }: Context, score: number | undefined): void {
  if (score === undefined) out.nil();
  else out.double(score);
}

export const zscore = command({
  name: 'zscore',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Get the score associated with the given member in a sorted set',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access'), member: bytes() },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZSCORE board ada
"10"
> ZSCORE board eve
nil
`,
  run: (ctx, { key, member }) => found(ctx, key, 'zset', (set) => writeScore(ctx, set?.scoreOf(member))),
});
