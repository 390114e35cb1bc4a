import { command } from '../framework/command';
import { subscribeTo } from './answers';
import { ABOUT, patterns } from './words';

export const psubscribe = command({
  ...ABOUT,
  name: 'psubscribe',
  since: '2.0.0',
  summary: 'Listen for messages published to channels matching the given patterns',
  complexity: 'O(N) where N is the number of patterns the client is already subscribed to.',
  args: { pattern: patterns },
  examples: `
> PSUBSCRIBE news:*
["psubscribe", "news:*", :1]
`,
  run: (ctx, { pattern }) => subscribeTo(ctx, 'patterns', pattern),
});
