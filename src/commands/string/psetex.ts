import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { setWithTime } from './setex';

export const psetex = command({
  name: 'psetex',
  group: 'string',
  since: '2.6.0',
  summary: 'Set the value and expiration in milliseconds of a key',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  args: { key: key('OW', 'update'), time: bytes('milliseconds', 'integer'), value: bytes() },
  examples: `
> PSETEX k 10000 v
+OK
> TTL k
:10
`,
  run: (ctx, args) => setWithTime(ctx, args, 'PX', 'psetex'),
});
