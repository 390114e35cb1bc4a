import { integer, text, token } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';

const KEYS_DEFAULT = 100;

export const warmuser = command({
  name: 'warmuser',
  group: 'larder',
  since: '0.1.0',
  summary: 'Queue loads of what a user will probably ask for: keys of templates that name a user; answers how many',
  complexity: 'O(N log N) where N is the number of keys that the user may ask for',
  flags: ['write', 'fast'],
  args: {
    user: text(),
    max: token('MAX', integer({ min: 1, outOfRange: SYNTAX })),
  },
  strict: true,
  examples: `
> WARMUSER nobody:knows
:0
> WARMUSER ada MAX 10
:0
> WARMUSER ada MAX 0
-ERR syntax error
`,
  run: ({ node, client, out }, { user, max = KEYS_DEFAULT }) =>
    out.integer(node.learning.warmUser(client.db, user, max)),
});
