import { command } from '../framework/command';
import { unsubscribeFrom } from './answers';
import { ABOUT, optionalPatterns } from './words';

export const punsubscribe = command({
  ...ABOUT,
  name: 'punsubscribe',
  since: '2.0.0',
  summary: 'Stop listening to channels matching the given patterns, or any',
  complexity:
    'O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system.',
  args: { pattern: optionalPatterns },
  examples: `
> PUNSUBSCRIBE
["punsubscribe", nil, :0]
`,
  run: (ctx, { pattern }) => unsubscribeFrom(ctx, 'patterns', pattern),
});
