import { command } from '../framework/command';
import { subscribeTo } from './answers';
import { ABOUT, channels } from './words';

export const subscribe = command({
  ...ABOUT,
  name: 'subscribe',
  since: '2.0.0',
  summary: 'Listen for messages published to the given channels',
  complexity: 'O(N) where N is the number of channels to subscribe to.',
  args: { channel: channels },
  examples: `
> HELLO 3
/.*/
> SUBSCRIBE news
>["subscribe", "news", :1]
`,
  run: (ctx, { channel }) => subscribeTo(ctx, 'channels', channel),
});
