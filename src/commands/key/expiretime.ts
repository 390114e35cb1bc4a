import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeExpiry } from './read-expiry';

export const expiretime = command({
  name: 'expiretime',
  group: 'generic',
  since: '7.0.0',
  summary: 'Get the expiration Unix timestamp for a key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO', 'access') },
  examples: `
> SET k v EXAT 33177117420
+OK
> EXPIRETIME k
:33177117420
`,
  run: (ctx, { key }) => writeExpiry(ctx, key, { unitMs: 1000, absolute: true, roundMs: 500 }),
});
