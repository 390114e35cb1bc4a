import { MOMENT_FORMS } from '../expiry';
import { expiryCommand } from './set-expiry';

export const pexpireat = expiryCommand({
  name: 'pexpireat',
  since: '2.6.0',
  summary: 'Set the expiration for a key as a UNIX timestamp specified in milliseconds',
  form: MOMENT_FORMS.PXAT,
  time: 'unix-time-milliseconds',
  examples: `
> SET k v
+OK
> PEXPIREAT k 1
:1
> EXISTS k
:0
`,
});
