import { flag } from '../framework/arguments';
import { command } from '../framework/command';

export const bgsave = command({
  name: 'bgsave',
  group: 'server',
  since: '1.0.0',
  summary: 'Begin to write what waits for the disk layer',
  complexity: 'O(1)',
  flags: ['admin', 'noscript'],
  args: { schedule: flag('SCHEDULE') },
  examples: `
> BGSAVE
+Background saving started
`,
  run({ node, out }) {
    void node.admin.save();
    out.simple('Background saving started');
  },
});
