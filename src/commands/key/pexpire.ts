import { MOMENT_FORMS } from '../expiry';
import { expiryCommand } from './set-expiry';

export const pexpire = expiryCommand({
  name: 'pexpire',
  since: '2.6.0',
  summary: "Set a key's time to live in milliseconds",
  form: MOMENT_FORMS.PX,
  time: 'milliseconds',
  examples: `
> SET k v
+OK
> PEXPIRE k 100000 XX
:0
> PEXPIRE k 100000 NX
:1
`,
});
