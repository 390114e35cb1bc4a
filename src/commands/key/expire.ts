import { MOMENT_FORMS } from '../expiry';
import { expiryCommand } from './set-expiry';

export const expire = expiryCommand({
  name: 'expire',
  since: '1.0.0',
  summary: "Set a key's time to live in seconds",
  form: MOMENT_FORMS.EX,
  time: 'seconds',
  examples: `
> SET k v
+OK
> EXPIRE k 100
:1
> EXPIRE k 50 GT
:0
> TTL k
:100
`,
});
