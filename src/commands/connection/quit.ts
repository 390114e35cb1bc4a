import { bytes, many, optional, shown } from '../framework/arguments';
import { command } from '../framework/command';

export const quit = command({
  name: 'quit',
  group: 'connection',
  since: '1.0.0',
  summary: 'Close the connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  args: { ignored: shown(optional(many(bytes()))) },
  examples: `
> QUIT
+OK
`,
  run(ctx) {
    ctx.out.ok();
    ctx.client.closeAfterReply();
  },
});
