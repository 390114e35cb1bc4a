import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeExpiry } from './read-expiry';

export const pexpiretime = command({
  name: 'pexpiretime',
  group: 'generic',
  since: '7.0.0',
  summary: 'Get the expiration Unix timestamp for a key in milliseconds',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access') },
  examples: `
> SET k v PXAT 33177117420000
+OK
> PEXPIRETIME k
:33177117420000
`,
  run: (ctx, { key }) => writeExpiry(ctx, key, { unitMs: 1, absolute: true, roundMs: 0 }),
});
