import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

export const warm = command({
  name: 'warm',
  group: 'larder',
  since: '0.1.0',
  summary: 'Queue loads for keys that have a loader; answers how many were queued',
  complexity: 'O(N) where N is the number of keys',
  flags: ['write', 'fast'],
  args: { keys: many(key('RW', 'update'), 'key') },
  examples: `
> WARM no:loader
:0
`,
  run: ({ node, client, out }, { keys }) => out.integer(node.warming.warmKeys(client.db, keys)),
});
