import { Fault } from '../../../base/fault';
import { integer, optional } from '../../framework/arguments';
import { command, container } from '../../framework/command';
import { ADMIN } from '../about';

const BAD_COUNT = new Fault('ERR count should be greater than or equal to -1');
const COUNT_DEFAULT = 10;

const get = command({
  ...ADMIN,
  name: 'get',
  since: '2.2.12',
  summary: 'Get the newest entries of the slow log',
  help: [
    'Return top <count> entries from the slowlog (default: 10, -1 mean all).',
    'Entries are made of:',
    'id, timestamp, time in microseconds, arguments array, client IP and port,',
    'client name',
  ],
  complexity: 'O(N) where N is the number of entries returned',
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  args: { count: optional(integer({ min: -1, error: BAD_COUNT, outOfRange: BAD_COUNT })) },
  run({ node, out }, { count = COUNT_DEFAULT }) {
    const { slowLog } = node.admin;
    const entries = count === -1 ? slowLog.newest() : slowLog.newest(count);
    out.array(entries.length);
    for (const { id, at, tookUs, args, address, name } of entries) {
      out.array(6);
      out.integer(id);
      out.integer(at);
      out.integer(tookUs);
      out.array(args.length);
      for (const arg of args) out.bulkText(arg);
      out.bulkText(address);
      out.bulkText(name);
    }
  },
});

const len = command({
  ...ADMIN,
  name: 'len',
  since: '2.2.12',
  summary: 'Get the number of entries in the slow log',
  help: ['Return the length of the slowlog.'],
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  run: ({ node, out }) => out.integer(node.admin.slowLog.length),
});

const reset = command({
  ...ADMIN,
  name: 'reset',
  since: '2.2.12',
  summary: 'Empty the slow log',
  help: ['Reset the slowlog.'],
  complexity: 'O(N) where N is the number of entries in the slow log',
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run({ node, out }) {
    node.admin.slowLog.reset();
    out.ok();
  },
});

export const slowlog = container({
  ...ADMIN,
  name: 'slowlog',
  since: '2.2.12',
  summary: 'A container for slow log commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [get, len, reset],
  examples: `
> SLOWLOG RESET
+OK
> SLOWLOG GET -2
-ERR count should be greater than or equal to -1
`,
});
