import { latin1Of } from '../../base/bytes';
import { command } from '../framework/command';
import { subscribeTo } from './answers';
import { ABOUT, shardChannels } from './words';

export const ssubscribe = command({
  ...ABOUT,
  name: 'ssubscribe',
  since: '7.0.0',
  summary: 'Listen for messages published to the given shard channels',
  complexity: 'O(N) where N is the number of shard channels to subscribe to.',
  args: { shardchannel: shardChannels },
  examples: `
> SSUBSCRIBE news
["ssubscribe", "news", :1]
`,
  run: (ctx, { shardchannel }) => subscribeTo(ctx, 'shardChannels', shardchannel.map(latin1Of)),
});
