import { Fault } from '../../base/fault';
import { bytes, many, optionalLast, text } from '../framework/arguments';
import { command, container } from '../framework/command';
import { scriptOf } from './eval';

const SCRIPT = { group: 'scripting', flags: ['noscript'] } as const;
const NOT_BUSY = new Fault('NOTBUSY No scripts in execution right now.');
const FLUSH_OPTION = new Fault('ERR SCRIPT FLUSH only support SYNC|ASYNC option');

const exists = command({
  ...SCRIPT,
  name: 'exists',
  tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
  since: '2.6.0',
  summary: 'Check existence of scripts in the script cache',
  complexity: 'O(N) with N being the number of scripts to check.',
  help: ['Return information about the existence of the scripts in the script cache.'],
  args: { sha1: many(text()) },
  run({ node, out }, { sha1 }) {
    out.array(sha1.length);
    for (const each of sha1) out.integer(node.scripts.has(each.toLowerCase()) ? 1 : 0);
  },
});

const flush = command({
  ...SCRIPT,
  name: 'flush',
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  since: '2.6.0',
  summary: 'Remove all the scripts from the script cache',
  complexity: 'O(N) with N being the number of scripts in cache',
  help: ['Flush the Lua scripts cache. ASYNC and SYNC are the same here.'],
  args: { mode: optionalLast(text('mode')) },
  run({ node, out }, { mode }) {
    if (mode !== undefined && !/^(?:a?sync)$/i.test(mode)) throw FLUSH_OPTION;
    node.scripts.flush();
    out.ok();
  },
});

const kill = command({
  ...SCRIPT,
  name: 'kill',
  tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
  flags: ['noscript', 'allow_busy'],
  since: '2.6.0',
  summary: 'Kill the script currently in execution',
  complexity: 'O(1)',
  help: ['Kill the currently executing Lua script. Here script-time-max does that.'],
  run() {
    throw NOT_BUSY;
  },
});

const load = command({
  ...SCRIPT,
  name: 'load',
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  flags: ['noscript', 'stale'],
  since: '2.6.0',
  summary: 'Load the specified Lua script into the script cache',
  complexity: 'O(N) with N being the length in bytes of the script body.',
  help: ['Load a script into the scripts cache without executing it.'],
  args: { script: bytes() },
  run(ctx, { script }) {
    ctx.out.bulkText(scriptOf(ctx, script).sha);
  },
});

export const script = container({
  ...SCRIPT,
  name: 'script',
  since: '2.6.0',
  summary: 'A container for Lua scripts management commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [exists, flush, kill, load],
  examples: `
> SCRIPT LOAD "return 1"
"e0e1f9fabfc9d4800c877a703b823ac0578ff8db"
> SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db x
[:1, :0]
> SCRIPT FLUSH
+OK
> SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
[:0]
`,
});
