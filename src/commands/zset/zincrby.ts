import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { readScore } from './score';
import { addScored } from './zadd';

const INCREMENT = new Set(['INCR'] as const);

export const zincrby = command({
  name: 'zincrby',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Increment the score of a member in a sorted set',
  complexity: 'O(log(N)) where N is the number of elements in the sorted set.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'access', 'update'), increment: bytes(undefined, 'integer'), member: bytes() },
  examples: `
> ZINCRBY board 2 ada
"2"
> ZINCRBY board 0.5 ada
"2.5"
`,
  run: (ctx, { key, increment, member }) => addScored(ctx, key, [{ score: readScore(increment), member }], INCREMENT),
});
