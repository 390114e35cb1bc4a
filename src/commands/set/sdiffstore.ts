import { key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { combineInto, difference } from './algebra';

export const sdiffstore = command({
  name: 'sdiffstore',
  group: 'set',
  since: '1.0.0',
  summary: 'Subtract multiple sets and store the resulting set in a key',
  complexity: 'O(N) where N is the total number of elements in all given sets.',
  flags: ['write', 'denyoom'],
  args: { destination: key('OW', 'update'), key: many(key('RO', 'access')) },
  examples: `
> SADD a 1 2
:2
> SDIFFSTORE rest a missing
:2
`,
  run: (ctx, { destination, key: keys }) => combineInto(ctx, destination, keys, difference),
});
