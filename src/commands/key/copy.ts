import { equalBytes } from '../../base/bytes';
import { flag, int32, key, token } from '../framework/arguments';
import { command } from '../framework/command';
import { DB_OUT_OF_RANGE, SAME_OBJECT } from '../framework/faults';
import { writeTruth } from '../values';

export const copy = command({
  name: 'copy',
  group: 'generic',
  since: '6.2.0',
  summary: 'Copy a key',
  complexity: 'O(1) for string values.',
  flags: ['write', 'denyoom'],
  args: {
    source: key('RO', 'access'),
    destination: key('OW', 'update'),
    db: token('DB', int32('destination-db')),
    replace: flag('REPLACE'),
  },
  examples: `
> SET a 1
+OK
> COPY a b
:1
> COPY a b
:0
> COPY a b REPLACE
:1
`,
  run(ctx, { source, destination, db = ctx.client.db, replace }) {
    const { client, engine, node } = ctx;
    if (db < 0 || db >= node.databases) throw DB_OUT_OF_RANGE;
    if (db === client.db && equalBytes(source, destination)) throw SAME_OBJECT;
    return ctx.when(engine.copy(client.db, source, db, destination, replace), (done) => writeTruth(ctx, done));
  },
});
