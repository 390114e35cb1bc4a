import { Fault } from '../../base/fault';
import { command } from '../framework/command';
import { ABOUT } from './about';
import { endTransaction } from './transaction';

const NOT_BEGUN = new Fault('ERR DISCARD without MULTI');

export const discard = command({
  ...ABOUT,
  name: 'discard',
  since: '2.0.0',
  summary: 'Forget what was queued since MULTI, and the watched keys',
  complexity: 'O(N), when N is the number of queued commands',
  examples: `
> MULTI
+OK
> SET k v
+QUEUED
> DISCARD
+OK
> GET k
nil
`,
  run(ctx) {
    if (ctx.client.transaction === null) throw NOT_BEGUN;
    endTransaction(ctx);
    ctx.out.ok();
  },
});
