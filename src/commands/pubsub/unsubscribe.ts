import { command } from '../framework/command';
import { unsubscribeFrom } from './answers';
import { ABOUT, optionalChannels } from './words';

export const unsubscribe = command({
  ...ABOUT,
  name: 'unsubscribe',
  since: '2.0.0',
  summary: 'Stop listening to the given channels, or to all',
  complexity: 'O(N) where N is the number of channels to unsubscribe.',
  args: { channel: optionalChannels },
  examples: `
> UNSUBSCRIBE news
["unsubscribe", "news", :0]
`,
  run: (ctx, { channel }) => unsubscribeFrom(ctx, 'channels', channel),
});
