import { int32 } from '../framework/arguments';
import { command } from '../framework/command';
import { DB_OUT_OF_RANGE } from '../framework/faults';

export const select = command({
  name: 'select',
  group: 'connection',
  since: '1.0.0',
  summary: 'Change the selected database for the current connection',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  args: { index: int32() },
  examples: `
> SELECT 1
+OK
> SELECT 99
-ERR DB index is out of range
`,
  run(ctx, { index }) {
    if (index < 0 || index >= ctx.node.databases) throw DB_OUT_OF_RANGE;
    ctx.client.db = index;
    ctx.out.ok();
  },
});
