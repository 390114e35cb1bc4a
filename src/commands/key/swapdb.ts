import { Fault } from '../../base/fault';
import { integer } from '../framework/arguments';
import { command } from '../framework/command';
import { DB_OUT_OF_RANGE } from '../framework/faults';

const INT32_MAX = 2147483647;

function index(error: Fault) {
  return integer({ min: -INT32_MAX - 1, max: INT32_MAX, error, outOfRange: error });
}

export const swapdb = command({
  name: 'swapdb',
  group: 'server',
  since: '4.0.0',
  summary: 'Swaps two databases',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  args: {
    index1: index(new Fault('ERR invalid first DB index')),
    index2: index(new Fault('ERR invalid second DB index')),
  },
  examples: `
> SET a 1
+OK
> SWAPDB 0 1
+OK
> GET a
nil
`,
  run(ctx, { index1, index2 }) {
    const { databases } = ctx.node;
    for (const db of [index1, index2]) if (db < 0 || db >= databases) throw DB_OUT_OF_RANGE;
    if (index1 !== index2) ctx.engine.swap(index1, index2);
    ctx.out.ok();
  },
});
