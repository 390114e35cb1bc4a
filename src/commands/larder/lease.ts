import { Fault } from '../../base/fault';
import type { LeaseAnswer } from '../../engine/api';
import type { Context } from '../context';
import { integer, key, token } from '../framework/arguments';
import { command } from '../framework/command';
import { writeString } from '../values';

const NO_TTL = new Fault('ERR lease TTL must be positive, in milliseconds');
const NEGATIVE_WAIT = new Fault('ERR lease WAIT must not be negative');

function write(ctx: Context, { state, value, token }: LeaseAnswer): void {
  ctx.out.array(3);
  ctx.out.bulkText(state);
  writeString(ctx, value);
  if (token === null) ctx.out.nil();
  else ctx.out.bulkText(token);
}

export const lease = command({
  name: 'lease',
  group: 'larder',
  since: '0.1.0',
  summary: 'Get the value of a key, or the lease to compute it; waits with WAIT while another client computes it',
  complexity: 'O(1)',
  flags: ['readonly', 'blocking'],
  args: {
    key: key('RO', 'access'),
    ttl: token('TTL', integer({ min: 1, outOfRange: NO_TTL }, 'milliseconds')),
    wait: token('WAIT', integer({ min: 0, outOfRange: NEGATIVE_WAIT }, 'milliseconds')),
  },
  strict: true,
  examples: `
> SET k v
+OK
> LEASE k
["hit", "v", nil]
> LEASE k TTL 0
-ERR lease TTL must be positive, in milliseconds
`,
  run: (ctx, { key, ttl, wait = 0 }) =>
    ctx.when(ctx.engine.lease(ctx.client.id, ctx.client.db, key, ttl, ctx.inTransaction ? 0 : wait), (answer) =>
      write(ctx, answer),
    ),
});
