import { Fault } from '../../base/fault';
import { integer } from '../framework/arguments';
import { command } from '../framework/command';

const NOT_A_TIMEOUT = new Fault('ERR timeout is not an integer or out of range');
const NEGATIVE = new Fault('ERR timeout is negative');

export const wait = command({
  name: 'wait',
  group: 'generic',
  since: '3.0.0',
  summary: 'How many replicas have the writes of this connection: there are none, so 0 at once',
  complexity: 'O(1)',
  flags: ['noscript'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
  args: {
    numreplicas: integer(),
    timeout: integer({ min: 0, error: NOT_A_TIMEOUT, outOfRange: NEGATIVE }),
  },
  examples: `
> WAIT 0 0
:0
`,
  run: (ctx) => ctx.out.integer(0),
});
