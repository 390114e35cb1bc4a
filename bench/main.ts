import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Bench, Case } from './bench';
import { fills } from './cases/fills';
import { idle } from './cases/idle';
import { invalidate } from './cases/invalidate';
import { invaltag } from './cases/invaltag';
import { kill } from './cases/kill';
import { learning } from './cases/learning';
import { libraries } from './cases/libraries';
import { memory } from './cases/memory';
import { monitoring } from './cases/monitoring';
import { restart } from './cases/restart';
import { stale } from './cases/stale';
import { stalls } from './cases/stalls';
import { tags } from './cases/tags';
import { wire } from './cases/wire';
import { percent } from './format';
import { cleanUpAtExit, machineUse } from './processes';
import { section, table, writeSection } from './report';
import { TARGETS, type TargetName } from './servers';

const CASES: readonly Case[] = [
  ...[wire, memory, stalls, invalidate, invaltag, tags, restart, kill, idle, libraries, stale, learning],
  ...[fills, monitoring],
];
const NAMES = CASES.map(({ name }) => name);
const RESULTS = join(resolve(__dirname, '..', '..'), 'bench', 'RESULTS.md');

/** How long it is watched what else runs here, before a case begins. */
const OTHERS_WINDOW_MS = 2_000;

interface Options {
  seconds?: number;
  rounds?: number;
  quick?: boolean;
  entries?: number;
  cycles?: number;
  subject: TargetName;
  pair: TargetName;
  write: boolean;
  strict?: boolean;
}

function positive(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
}

function target(text: string): TargetName {
  if (text !== 'larder' && text !== 'redis') throw new InvalidArgumentError('larder or redis is expected');
  return text;
}

const program = new Command('npm run bench --')
  .description('Measures Larder beside redis-server, started here, in one run. Writes bench/RESULTS.md.')
  .argument('<case...>', `${NAMES.join(', ')}, or all`)
  .option('--rounds <n>', 'measurements of each figure; medians are printed (default 5, quick 1)', positive)
  .option('--quick', 'one short round on small data: a look, not a result; RESULTS.md is not written')
  .option('--entries <n>', "entries of the case's data set", positive)
  .option('--cycles <n>', 'of the kill case (default 50, quick 5)', positive)
  .option(
    '--subject <server>',
    'larder or redis (which shows what the harness itself makes of two equals)',
    target,
    'larder',
  )
  .option('--pair <server>', 'larder or redis', target, 'redis')
  .option('--seconds <n>', 'length of one measurement of wire (default 3, quick 0.7)', Number)
  .option('--no-write', 'leave RESULTS.md alone')
  .option('--strict', 'exit 1 if a bar is missed');

function benchOf(options: Options): Bench {
  const quick = options.quick === true;
  return {
    subject: TARGETS[options.subject],
    pair: TARGETS[options.pair],
    rounds: options.rounds ?? (quick ? 1 : 5),
    seconds: options.seconds ?? (quick ? 0.7 : 3),
    entries: options.entries ?? (quick ? 50_000 : undefined),
    cycles: options.cycles ?? (quick ? 5 : 50),
    say: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
  };
}

function casesOf(names: readonly string[]): Case[] {
  const unknown = names.find((name) => name !== 'all' && !NAMES.includes(name));
  if (unknown !== undefined) program.error(`unknown case '${unknown}'; there are ${NAMES.join(', ')} and all`);
  return CASES.filter(({ name }) => names.includes('all') || names.includes(name));
}

/** Runs one case, prints its table, writes its section; returns how many bars were missed. */
async function runCase(one: Case, bench: Bench, options: Options): Promise<number> {
  bench.say(`${one.name}: ${one.title}`);
  const othersUse = await machineUse(OTHERS_WINDOW_MS);
  const result = await one.run(bench);
  result.notes.push(`Before it began other processes used ${percent(othersUse)} of the machine.`);
  const labels =
    bench.subject === bench.pair ? (['A', 'B'] as const) : ([bench.subject.label, bench.pair.label] as const);
  process.stdout.write(`\n## ${one.name}\n\n${table(result, ...labels)}\n`);
  for (const note of result.notes) process.stdout.write(`- ${note}\n`);
  if (options.write && options.quick !== true && bench.subject.name === 'larder') {
    const redisVersion = /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';
    const flags = process.argv.slice(2).filter((word) => !program.args.includes(word));
    const about = {
      ...{ name: one.name, title: one.title, subject: labels[0], pair: labels[1], redisVersion },
      command: ['npm run bench --', one.name, ...flags].join(' '),
      date: new Date().toISOString().slice(0, 16),
    };
    writeSection(RESULTS, NAMES, one.name, section(about, result));
  }
  return result.rows.filter(({ bar }) => bar?.met === false).length;
}

async function main(): Promise<void> {
  program.parse();
  const options = program.opts<Options>();
  const bench = benchOf(options);
  const missing = bench.subject.missing() ?? bench.pair.missing();
  if (missing !== null) {
    bench.say(`nothing measured: ${missing} (--subject redis measures redis-server against itself)`);
    return;
  }
  let missed = 0;
  for (const one of casesOf(program.args)) missed += await runCase(one, bench, options);
  process.stdout.write(`\n${missed === 0 ? 'all bars met' : `${missed} bars missed`}\n`);
  if (options.strict && missed > 0) process.exitCode = 1;
}

cleanUpAtExit();
main().catch((error) => {
  process.stderr.write(`bench: ${error?.stack ?? error}\n`);
  process.exit(1);
});
