import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeExpiry } from './read-expiry';

export const pttl = command({
  name: 'pttl',
  group: 'generic',
  since: '2.6.0',
  summary: 'Get the time to live for a key in milliseconds',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access') },
  examples: `
> SET k v
+OK
> PTTL k
:-1
`,
  run: (ctx, { key }) => writeExpiry(ctx, key, { unitMs: 1, absolute: false, roundMs: 0 }),
});
