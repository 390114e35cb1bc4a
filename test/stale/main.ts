import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { writeSection } from '../../bench/report';
import { FAULTS, type FaultName } from './faults';
import { reportOf } from './report';
import { check, DEFAULTS } from './run';
import { sectionOf } from './section';
import { LarderSubject, ROOT } from './subject';

interface Options {
  seconds: number;
  seed: number;
  clients: number;
  killEvery: number;
  faults: FaultName[];
  flag: string[];
  prefix: string;
  write: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is expected');
  return value;
}

function faultsOf(text: string): FaultName[] {
  const names = text === 'none' ? [] : text === 'all' ? [...FAULTS] : text.split(',');
  const unknown = names.find((name) => !FAULTS.includes(name as FaultName));
  if (unknown !== undefined) throw new InvalidArgumentError(`of ${FAULTS.join(', ')}, all or none`);
  return names as FaultName[];
}

/** Lines of the server's log that are told. */
const TROUBLES_SHOWN = 12;
/** Shorter runs are looks, not results. */
const WRITTEN_SECONDS_MIN = 300;

const program = new Command('npm run check:stale --')
  .description(
    'Reads a Larder that is written to, killed and hindered, and fails when a value is older than it may be.',
  )
  .option('--seconds <n>', 'how long', positive, DEFAULTS.seconds)
  .option('--seed <n>', 'of everything that is drawn (default: any; it is printed)', positive)
  .option('--clients <n>', 'connections that read', positive, DEFAULTS.clients)
  .option('--kill-every <ms>', 'time between kills, on average', positive, DEFAULTS.killEveryMs)
  .option('--faults <names>', `comma-separated: ${FAULTS.join(', ')}; all or none`, faultsOf, [...FAULTS])
  .option('--prefix <text>', 'put before every key by the clients, and told to the server (key-prefixes)', '')
  .option('--no-write', `leave bench/RESULTS.md alone; shorter runs than ${WRITTEN_SECONDS_MIN} s always do`)
  .option('--flag <flag...>', 'more flags of the server, as --flag=--maxmemory=64mb', []);

async function main(): Promise<void> {
  program.parse();
  const options = program.opts<Options>();
  const seed = options.seed ?? 1 + (Date.now() % 1_000_000_000);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const { killEvery: killEveryMs, seconds, clients, prefix } = options;
  const faults = new Set(options.faults);
  const wantsFull = faults.has('full');
  const subject = new LarderSubject(
    options.flag.flatMap((flag) => flag.split('=')),
    wantsFull,
    options.prefix,
  );
  say(
    `seed ${seed}: npm run check:stale -- --seed ${seed} --seconds ${seconds} --faults ${[...faults].join(',') || 'none'}`,
  );
  if (wantsFull && subject.noSmallDisk !== '') {
    say(`left out: a full disk; ${subject.noSmallDisk}; the server's disk-max-bytes is small instead`);
    faults.delete('full');
  }
  try {
    const result = await check(subject, { ...DEFAULTS, seed, seconds, clients, killEveryMs, faults, prefix, say });
    say(reportOf(result));
    for (const [text, times] of subject.troubles().slice(0, TROUBLES_SHOWN))
      say(`log ${String(times).padStart(6)} x  ${text}`);
    if (options.write && result.seconds >= WRITTEN_SECONDS_MIN) {
      const command = ['npm run check:stale --', ...process.argv.slice(2)].join(' ');
      writeSection(join(ROOT, 'bench', 'RESULTS.md'), [], 'check:stale', sectionOf(result, command, seed));
      say('written to bench/RESULTS.md');
    }
    say(result.counts.size === 0 ? 'no violation' : `violations, with seed ${seed}`);
    if (result.counts.size > 0) process.exitCode = 1;
  } catch (error) {
    say(`the server's last lines:\n${subject.logTail(20)}`);
    throw error;
  } finally {
    await subject.remove();
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
main().catch((error) => {
  process.stderr.write(`check:stale: ${error?.stack ?? error}\n`);
  process.exit(2);
});
