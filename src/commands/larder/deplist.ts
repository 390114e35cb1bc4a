import { integer, key, oneOf, token } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';

const DEPTH_MAX = 1_000_000;

export const deplist = command({
  name: 'deplist',
  group: 'larder',
  since: '0.1.0',
  summary: 'List what a key is made from (UP) or what is made from it (DOWN), as rows of key, depth and via',
  complexity: 'O(N) where N is the number of dependencies listed',
  flags: ['readonly'],
  args: {
    key: key('RO'),
    direction: oneOf('UP', 'DOWN'),
    depth: token('DEPTH', integer({ min: 1, outOfRange: SYNTAX })),
  },
  strict: true,
  examples: `
> DEPADD page user:7
:1
> DEPADD user:7 org:1
:1
> DEPLIST page
[["user:7", :1, "page"], ["org:1", :2, "user:7"]]
> DEPLIST org:1 DOWN DEPTH 1
[["user:7", :1, "org:1"]]
`,
  run(ctx, { key, direction, depth = DEPTH_MAX }) {
    const { engine, out, client } = ctx;
    const rows = engine.dependencies(client.db, key, direction === 'DOWN' ? 'down' : 'up', Math.min(depth, DEPTH_MAX));
    out.array(rows.length);
    for (const row of rows) {
      out.array(3);
      out.bulkText(row.key);
      out.integer(row.depth);
      out.bulkText(row.via);
    }
  },
});
