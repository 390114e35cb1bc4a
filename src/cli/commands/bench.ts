import { Option } from 'commander';
import type { Context, Declare, Result } from '../context';
import { EXIT } from '../exit-codes';
import type { Argument, Connection } from '../io';
import { type LoadFigures, runLoad } from '../load';
import { wholeNumber } from '../options';
import { progressBar } from '../progress';
import { durationText } from '../render/humanise';
import { table } from '../render/table';

interface BenchFlags {
  connections: number;
  pipeline: number;
  requests: number;
  keys: number;
  size: number;
  test: ('ping' | 'set' | 'get')[];
}

const KEY_PREFIX = 'cachectl-bench:';
/** Keys deleted at a time when the bench is over. */
const CLEANUP_KEYS = 1_000;

export const bench: Declare = (program, context) => {
  program
    .command('bench')
    .description('a short load, and how fast it was answered; its keys are deleted afterwards')
    .option('--connections <n>', 'connections', wholeNumber(1, 1_000), 16)
    .option('--pipeline <n>', 'requests sent at once on a connection', wholeNumber(1, 10_000), 1)
    .option('--requests <n>', 'requests of each test', wholeNumber(1), 100_000)
    .option('--keys <n>', 'different keys', wholeNumber(1, 1_000_000), 10_000)
    .option('--size <bytes>', 'bytes of a value', wholeNumber(0, 16 * 1024 * 1024), 100)
    .addOption(
      new Option('--test <name...>', 'which tests').choices(['ping', 'set', 'get']).default(['set', 'get'], 'set get'),
    )
    .action((flags: BenchFlags) => runBench(context, flags));
};

async function runBench(context: Context, flags: BenchFlags): Promise<void> {
  await context.run(async (first) => {
    const connections = [first];
    try {
      while (connections.length < flags.connections) connections.push(await context.connect());
      const figures = new Map<string, LoadFigures>();
      for (const test of flags.test) figures.set(test, await runTest(context, connections, flags, test));
      return report(figures);
    } finally {
      if (flags.test.includes('set')) await deleteKeys(first, flags.keys);
      for (const connection of connections.slice(1)) connection.close();
    }
  });
}

async function runTest(
  context: Context,
  connections: readonly Connection[],
  flags: BenchFlags,
  test: BenchFlags['test'][number],
): Promise<LoadFigures> {
  const { clock, random } = context.io;
  const value = Buffer.alloc(flags.size, 'x');
  const key = () => keyNamed(Math.floor(random() * flags.keys));
  const requests: Record<typeof test, () => Argument[]> = {
    ping: () => ['PING'],
    set: () => ['SET', key(), value],
    get: () => ['GET', key()],
  };
  const bar = progressBar(context, test.padEnd(6), flags.requests, 'requests');
  try {
    return await runLoad(connections, {
      requests: flags.requests,
      pipeline: flags.pipeline,
      next: requests[test],
      fineMs: () => clock.fineMs(),
      progress: bar.update,
    });
  } finally {
    bar.stop();
  }
}

function keyNamed(index: number): string {
  return KEY_PREFIX + String(index).padStart(7, '0');
}

async function deleteKeys(connection: Connection, keys: number): Promise<void> {
  for (let from = 0; from < keys; from += CLEANUP_KEYS) {
    const names = Array.from({ length: Math.min(CLEANUP_KEYS, keys - from) }, (_, i) => keyNamed(from + i));
    await connection.pipeline([['DEL', ...names]]);
  }
}

function report(figures: Map<string, LoadFigures>): Result {
  const rows = [...figures].map(([test, f]) => [
    test,
    f.requests.toLocaleString('en-US'),
    f.ops_per_second.toLocaleString('en-US'),
    durationText(f.p50_us / 1000),
    durationText(f.p99_us / 1000),
    durationText(f.max_us / 1000),
    String(f.errors),
  ]);
  const failed = [...figures.values()].some(({ errors }) => errors > 0);
  return {
    json: new Map([...figures].map(([test, f]) => [test, { ...f }])),
    human: (paint) => table(['test', 'requests', 'ops/s', 'p50', 'p99', 'max', 'errors'], rows, paint),
    exit: failed ? EXIT.serverError : EXIT.ok,
  };
}
