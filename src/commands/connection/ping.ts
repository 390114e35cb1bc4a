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
    if (argc !== 1) return false;
    ctx.out.simple('PONG');
    return true;
  },
  run(ctx, { message }) {
    if (message === undefined) ctx.out.simple('PONG');
    else ctx.out.bulk(message);
  },
});
