import { command } from '../framework/command';

export const time = command({
  name: 'time',
  group: 'server',
  since: '2.6.0',
  summary: 'Return the current server time',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  examples: `
> TIME
/^\\["\\d+", "\\d+"\\]$/
`,
  run({ clock, out }) {
    const ms = Math.floor(clock.now + clock.wallOffsetMs);
    out.array(2);
    out.bulkText(String(Math.floor(ms / 1000)));
    out.bulkText(String((ms % 1000) * 1000));
  },
});
