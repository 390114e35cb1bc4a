import { Fault } from '../../base/fault';
import { command } from '../framework/command';
import { ABOUT } from './about';
import { Transaction } from './transaction';

const NESTED = new Fault('ERR MULTI calls can not be nested');

export const multi = command({
  ...ABOUT,
  name: 'multi',
  since: '1.2.0',
  summary: 'Begin a transaction: what follows is queued until EXEC',
  complexity: 'O(1)',
  examples: `
> MULTI
+OK
> INCR visits
+QUEUED
> EXEC
[:1]
`,
  run({ client, node, out }) {
    if (client.transaction !== null) throw NESTED;
    client.transaction = new Transaction(node.transactionLimits);
    client.modesChanged();
    out.ok();
  },
});
