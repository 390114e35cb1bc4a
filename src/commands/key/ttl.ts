import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeExpiry } from './read-expiry';

export const ttl = command({
  name: 'ttl',
  group: 'generic',
  since: '1.0.0',
  summary: 'Get the time to live for a key in seconds',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access') },
  examples: `
> SET k v EX 10
+OK
> TTL k
:10
> TTL missing
:-2
`,
  run: (ctx, { key }) => writeExpiry(ctx, key, { unitMs: 1000, absolute: false, roundMs: 500 }),
});
