import { bytes } from '../framework/arguments';
import { command } from '../framework/command';

export const publish = command({
  name: 'publish',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Send a message to all who listen to a channel; answers how many were reached',
  complexity:
    'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  args: { channel: bytes(), message: bytes() },
  examples: `
> PUBLISH news hello
:0
`,
  run: (ctx, { channel, message }) => ctx.out.integer(ctx.node.hub.publish(channel, message)),
});
