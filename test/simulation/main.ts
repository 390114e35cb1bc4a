import { play, shrink } from './simulate';

const MINUTE_MS = 60_000;
const FIRST_SEED = 1;

function flag(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

/**
 * npm run simulate -- [--seconds n] [--from seed] [--count n]: many schedules; [--seed n]: one, with its story.
 * Ends with 1 when one fails.
 */
async function main(): Promise<number> {
  const one = flag('seed', 0);
  if (one > 0) return replay(one);
  const began = performance.now();
  const untilMs = began + flag('seconds', 60) * 1000;
  const countMax = flag('count', Number.POSITIVE_INFINITY);
  const sums = { reads: 0, hits: 0, loads: 0, restarts: 0 };
  let seed = flag('from', FIRST_SEED);
  let count = 0;
  let failures = 0;
  const failuresMax = flag('failures', 1);
  for (; performance.now() < untilMs && count < countMax; seed++, count++) {
    const outcome = await play(seed);
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += outcome[name];
    if (outcome.problem === '') continue;
    console.log(`seed ${seed}, step ${outcome.steps}: ${outcome.problem.split('\n').slice(0, 4).join('\n')}`);
    if (++failures >= failuresMax) {
      if (!process.argv.includes('--quick')) await replay(seed);
      break;
    }
  }
  const minutes = (performance.now() - began) / MINUTE_MS;
  const cpuMinutes = process.cpuUsage().user / 1000 / MINUTE_MS;
  const rate = Math.round(count / minutes);
  console.log(
    `${count} schedules, ${rate} a minute (${Math.round(count / cpuMinutes)} a minute of processor); ${JSON.stringify(sums)}; ${failures} failed`,
  );
  return failures > 0 ? 1 : 0;
}

async function replay(seed: number): Promise<number> {
  const outcome = await play(seed, Number.POSITIVE_INFINITY, new Set(), true);
  if (outcome.problem === '') {
    console.log(`seed ${seed}: nothing is wrong`);
    return 0;
  }
  const shrunk = await shrink(outcome);
  console.log(shrunk.outcome.story.join('\n'));
  console.log(`seed ${seed}: ${shrunk.outcome.problem}`);
  return 1;
}

main().then(
  (code) => process.exit(code),
  (failure: unknown) => {
    console.error(failure);
    process.exit(2);
  },
);
