import type { Context, Declare } from '../context';
import { parseInfo } from '../info-text';
import { type Connection, typed, writeAll } from '../io';
import { positiveSeconds, wholeNumber } from '../options';
import { jsonText } from '../render/json';
import { cell } from '../render/report';
import { table } from '../render/table';
import { jsonOfTree, numberIn, type Tree, treeOf } from '../render/tree';
import { bufferOf } from '../replies';

interface WatchFlags {
  interval: number;
  count?: number;
}

/** Field (with its section's name when there are several) to value. */
type Sample = Map<string, Tree>;

/** What is shown of a server that has INFO but no STATS, unless a section is named. */
const INFO_FIELDS = [
  'uptime_in_seconds',
  'connected_clients',
  'used_memory',
  'instantaneous_ops_per_sec',
  'total_commands_processed',
  'keyspace_hits',
  'keyspace_misses',
  'expired_keys',
  'evicted_keys',
];

const HOME_AND_CLEAR = '\x1b[H\x1b[J';

export const watch: Declare = (program, context) => {
  program
    .command('watch')
    .description('show STATS (or INFO) again and again until q or Ctrl-C; a line each time when not on a terminal')
    .argument('[section]', 'section; a summary when none is named')
    .option('--interval <seconds>', 'time between two looks', positiveSeconds, 2)
    .option('--count <n>', 'stop after n looks', wholeNumber(1))
    .action((section: string | undefined, flags: WatchFlags) =>
      context.run(async (connection) => {
        await watchUntilStopped(context, connection, section, flags);
        return {};
      }),
    );
};

async function watchUntilStopped(
  context: Context,
  connection: Connection,
  section: string | undefined,
  { interval, count = Number.POSITIVE_INFINITY }: WatchFlags,
): Promise<void> {
  const pause = pauser(context);
  let before: { sample: Sample; atMs: number } | undefined;
  try {
    for (let look = 1; ; look++) {
      const sample = await takeSample(connection, section);
      const atMs = context.io.clock.fineMs();
      await writeAll(
        context.io.stdout,
        frame(context, sample, before && rates(before.sample, sample, atMs - before.atMs)),
      );
      before = { sample, atMs };
      if (look >= count || !(await pause.wait(interval * 1000))) return;
    }
  } finally {
    pause.end();
  }
}

/** Waits between looks; `wait` resolves to false as soon as the person wants to stop. */
function pauser({ io }: Context): { wait(ms: number): Promise<boolean>; end(): void } {
  let stopped = false;
  let wake: () => void = () => {};
  const end = io.onStop(() => {
    stopped = true;
    wake();
  });
  const wait = (ms: number) =>
    new Promise<boolean>((resolve) => {
      const cancel = io.scheduler.after(ms, () => resolve(!stopped));
      wake = () => {
        cancel();
        resolve(false);
      };
      if (stopped) wake();
    });
  return { wait, end };
}

async function takeSample(connection: Connection, section: string | undefined): Promise<Sample> {
  const [stats] = await connection.pipeline([['STATS', typed(section ?? 'summary')]]);
  if (stats !== undefined && !(stats instanceof Error)) return flat(treeOf(stats));
  if (stats && !stats.message.startsWith('ERR unknown command')) throw stats;
  const reply = await connection.call('INFO', ...(section === undefined ? [] : [typed(section)]));
  const sample = flat(parseInfo(bufferOf(reply).toString('utf8')));
  if (section !== undefined) return sample;
  return new Map([...sample].filter(([name]) => INFO_FIELDS.includes(name)));
}

/** Fields of all depths in one map; a lone section's name is left out, INFO's names stand for themselves. */
function flat(tree: Tree, prefix = ''): Sample {
  if (!(tree instanceof Map)) return new Map([[prefix, tree]]);
  const fields: Sample = new Map();
  for (const [name, inner] of tree) {
    const path = prefix === '' || !(tree.get(name) instanceof Map) ? name : `${prefix}.${name}`;
    for (const [field, value] of flat(inner, path)) fields.set(field, value);
  }
  return fields;
}

/** Change per second of every number that changed. */
function rates(before: Sample, now: Sample, elapsedMs: number): Map<string, number> {
  const changes = new Map<string, number>();
  for (const [name, value] of now) {
    const change = (numeric(value) ?? Number.NaN) - (numeric(before.get(name)) ?? Number.NaN);
    if (change) changes.set(name, (change / Math.max(elapsedMs, 1)) * 1000);
  }
  return changes;
}

function numeric(value: Tree | undefined): number | undefined {
  return typeof value === 'string' ? numberIn(value) : typeof value === 'number' ? value : undefined;
}

function frame(context: Context, sample: Sample, changes?: Map<string, number>): string {
  if (context.json) return `${jsonText(jsonOfTree(sample))}\n`;
  if (!context.io.stdout.isTTY) return `${[...sample].map(([n, v]) => `${n}=${plain(v)}`).join(' ')}\n`;
  const { paint } = context;
  const rows = [...sample].map(([name, value]) => {
    const change = changes?.get(name);
    return [paint.cyan(name), cell(name, value), change === undefined ? '' : signed(change)];
  });
  return `${HOME_AND_CLEAR}${table(['', 'now', 'change a second'], rows, paint)}\n\n${paint.dim('q or Ctrl-C stops')}\n`;
}

function plain(value: Tree): string {
  return Array.isArray(value) ? value.map(plain).join(',') : String(value ?? '');
}

function signed(change: number): string {
  const rounded = Math.abs(change) < 10 ? Number(change.toFixed(1)) : Math.round(change);
  return `${change > 0 ? '+' : ''}${rounded.toLocaleString('en-US')}`;
}
