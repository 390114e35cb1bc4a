import { Fault } from '../../base/fault';
import { many, shown, text } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX, WRONG_PASSWORD } from '../framework/faults';

const NO_PASSWORD = new Fault(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
);

export const auth = command({
  name: 'auth',
  group: 'connection',
  since: '1.0.0',
  summary: 'Authenticate to the server',
  complexity: 'O(N) where N is the number of passwords defined for the user',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  args: {
    words: shown(many(text()), {
      name: 'username-password',
      type: 'block',
      children: [
        { name: 'username', type: 'string', optional: true },
        { name: 'password', type: 'string' },
      ],
    }),
  },
  examples: `
> AUTH someone wrong
-WRONGPASS invalid username-password pair or user is disabled.
`,
  run(ctx, { words }) {
    const { security } = ctx.node;
    if (words.length > 2) throw SYNTAX;
    if (words.length === 1 && !security.passwordRequired) throw NO_PASSWORD;
    const [user, password] = words.length === 1 ? ['default', words[0]!] : [words[0]!, words[1]!];
    if (!security.authenticate(user, password)) throw WRONG_PASSWORD;
    ctx.client.authenticate();
    ctx.out.ok();
  },
});
