import { Fault } from '../../base/fault';
import { bytes, many, shown } from '../framework/arguments';
import { command } from '../framework/command';

const DISABLED = new Fault('ERR This instance has cluster support disabled');

/** Always an error: clients take any other answer for a cluster. */
export const cluster = command({
  name: 'cluster',
  group: 'cluster',
  since: '3.0.0',
  summary: 'There is no cluster: always an error',
  complexity: 'O(1)',
  flags: [],
  args: { subcommand: shown(many(bytes())) },
  examples: `
> CLUSTER NODES
-ERR This instance has cluster support disabled
`,
  run() {
    throw DISABLED;
  },
});
