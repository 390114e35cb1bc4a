import { command } from '../framework/command';

export const lastsave = command({
  name: 'lastsave',
  group: 'server',
  since: '1.0.0',
  summary: 'Return the unix time at which all that waited was last on disk',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  tips: ['nondeterministic_output'],
  examples: `
> LASTSAVE
/^:\\d+$/
`,
  run: ({ node, clock, out }) => out.integer(Math.floor((node.admin.savedAtMs + clock.wallOffsetMs) / 1000)),
});
