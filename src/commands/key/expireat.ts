import { MOMENT_FORMS } from '../expiry';
import { expiryCommand } from './set-expiry';

export const expireat = expiryCommand({
  name: 'expireat',
  since: '1.2.0',
  summary: 'Set the expiration for a key as a UNIX timestamp',
  form: MOMENT_FORMS.EXAT,
  time: 'unix-time-seconds',
  examples: `
> SET k v
+OK
> EXPIREAT k 33177117420
:1
> EXPIRETIME k
:33177117420
`,
});
