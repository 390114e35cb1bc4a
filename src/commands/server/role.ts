import { command } from '../framework/command';

export const role = command({
  name: 'role',
  group: 'server',
  since: '2.8.12',
  summary: 'Return the replication role: always a master without replicas',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  examples: `
> ROLE
["master", :0, []]
`,
  run({ out }) {
    out.array(3);
    out.bulkText('master');
    out.integer(0);
    out.array(0);
  },
});
