import { command } from '../framework/command';
import { endTransaction } from '../transaction/transaction';

export const reset = command({
  name: 'reset',
  group: 'connection',
  since: '6.2.0',
  summary: 'Reset the connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  examples: `
> SELECT 3
+OK
> RESET
+RESET
`,
  run(ctx) {
    const { client, out, node } = ctx;
    endTransaction(ctx);
    if (client.tracking !== null) node.tracking.stop(client);
    if (client.subscriptions !== null) node.hub.leave(client);
    client.db = 0;
    client.name = '';
    client.noEvict = false;
    client.noTouch = false;
    client.proto = 2;
    client.forgetReplyMode();
    out.proto = 2;
    if (node.security.passwordRequired) client.deauthenticate();
    out.simple('RESET');
  },
});
