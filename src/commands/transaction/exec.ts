import { Fault } from '../../base/fault';
import type { Context, Outcome } from '../context';
import { command } from '../framework/command';
import { preparation } from './preparation';
import { runAll } from './running';
import { endTransaction, type Transaction, unwatchAll } from './transaction';

const NOT_BEGUN = new Fault('ERR EXEC without MULTI');
const ABORTED = new Fault('EXECABORT Transaction discarded because of previous errors.');

/** What others take away again and again is not chased forever: then the transaction waits alone. */
const TRIES_MAX = 3;

/** Waits for what the commands will need, and judges the watched keys in the moment in which they run. */
function execute(ctx: Context, transaction: Transaction, triesLeft: number): Outcome {
  const { client, engine } = ctx;
  const waits = client.watch?.look(engine) ?? (client.watch?.isTouched ? undefined : preparation(ctx, transaction));
  if (waits !== undefined && triesLeft > 0) return waits.then(() => () => execute(ctx, transaction, triesLeft - 1));
  const isTouched = client.watch?.isTouched === true;
  unwatchAll(ctx);
  if (!isTouched) return runAll(ctx, transaction);
  endTransaction(ctx);
  ctx.out.nilArray();
}

export const exec = command({
  name: 'exec',
  group: 'transactions',
  since: '1.2.0',
  summary: 'Run what was queued since MULTI, with nothing of other clients between',
  complexity: 'Depends on commands in the transaction',
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  examples: `
> MULTI
+OK
> SET k v
+QUEUED
> INCR k
+QUEUED
> GET k
+QUEUED
> EXEC
[+OK, -ERR value is not an integer or out of range, "v"]
> EXEC
-ERR EXEC without MULTI
`,
  run(ctx) {
    const { transaction } = ctx.client;
    if (transaction === null) throw NOT_BEGUN;
    if (transaction.isAborted) {
      endTransaction(ctx);
      throw ABORTED;
    }
    return execute(ctx, transaction, TRIES_MAX);
  },
});
