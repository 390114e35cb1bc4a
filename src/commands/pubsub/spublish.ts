import { bytes } from '../framework/arguments';
import { command } from '../framework/command';
import { shardChannel } from './words';

export const spublish = command({
  name: 'spublish',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Send a message to all who listen to a shard channel; answers how many were reached',
  complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  args: { shardchannel: shardChannel, message: bytes() },
  examples: `
> SPUBLISH news hello
:0
`,
  run: (ctx, { shardchannel, message }) => ctx.out.integer(ctx.node.hub.publishToShard(shardchannel, message)),
});
