import { bytes, optional } from '../framework/arguments';
import { command } from '../framework/command';

export const ping = command({
  name: 'ping',
  group: 'connection',
  since: '1.0.0',
  summary: 'Ping the server',
  complexity: 'O(1)',
  flags: ['fast'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  args: { message: optional(bytes()) },
  examples: `
> PING
+PONG
> PING hello
"hello"
`,
  fast(ctx, _args, argc) {
    if (argc !== 1 || ctx.client.subscriptions !== null) return false;
    ctx.out.simple('PONG');
    return true;
  },
  run(ctx, { message }) {
    const { client, out } = ctx;
    if (client.subscriptions !== null && client.proto === 2) {
      out.array(2);
      out.bulkText('pong');
      if (message === undefined) out.bulkText('');
      else out.bulk(message);
    } else if (message === undefined) out.simple('PONG');
    else out.bulk(message);
  },
});
