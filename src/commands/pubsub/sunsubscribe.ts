import { latin1Of } from '../../base/bytes';
import { command } from '../framework/command';
import { unsubscribeFrom } from './answers';
import { ABOUT, optionalShardChannels } from './words';

export const sunsubscribe = command({
  ...ABOUT,
  name: 'sunsubscribe',
  since: '7.0.0',
  summary: 'Stop listening to the given shard channels, or to all',
  complexity: 'O(N) where N is the number of shard channels to unsubscribe.',
  args: { shardchannel: optionalShardChannels },
  examples: `
> SUNSUBSCRIBE news
["sunsubscribe", "news", :0]
`,
  run: (ctx, { shardchannel }) => unsubscribeFrom(ctx, 'shardChannels', shardchannel?.map(latin1Of)),
});
