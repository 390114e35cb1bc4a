import { int32, key } from '../framework/arguments';
import { command } from '../framework/command';
import { DB_OUT_OF_RANGE, SAME_OBJECT } from '../framework/faults';
import { writeTruth } from '../values';

export const move = command({
  name: 'move',
  group: 'generic',
  since: '1.0.0',
  summary: 'Move a key to another database',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'access', 'update'), db: int32() },
  examples: `
> SET a 1
+OK
> MOVE a 1
:1
> EXISTS a
:0
`,
  run(ctx, { key, db }) {
    const { client, engine, node } = ctx;
    if (db < 0 || db >= node.databases) throw DB_OUT_OF_RANGE;
    if (db === client.db) throw SAME_OBJECT;
    return ctx.when(engine.rename(client.db, key, db, key, false), (result) => writeTruth(ctx, result === 'ok'));
  },
});
