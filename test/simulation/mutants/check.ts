import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildMutant, ROOT } from './build';
import type { Mutant } from './list';

export interface Verdict {
  name: string;
  caught: boolean;
  seconds: number;
  /** The first seed that fails, or ''. */
  seed: string;
  /** What it says. */
  problem: string;
}

/** Plays schedules on the build in `dir` until one fails or the time is over. */
export function simulateIn(dir: string, seconds: number, more: readonly string[] = []): Verdict {
  const began = performance.now();
  const main = join(dir, 'test', 'simulation', 'main.js');
  const args = [main, '--quick', '--seconds', String(seconds), ...more];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(`${dir}: ended with ${status}\n${stdout}${stderr}`);
  const [, seed = '', problem = ''] = /^seed (\d+), step \d+: (.*)$/m.exec(stdout) ?? [];
  return { name: dir, caught: status === 1, seconds: (performance.now() - began) / 1000, seed, problem };
}

export function checkMutant(mutant: Mutant, seconds: number, more: readonly string[] = []): Verdict {
  return { ...simulateIn(buildMutant(mutant), seconds, more), name: mutant.name };
}

export function checkClean(seconds: number, more: readonly string[] = []): Verdict {
  return { ...simulateIn(join(ROOT, 'dist'), seconds, more), name: 'clean' };
}

/** Whether the seed fails in the clean build as well. */
export function isFoundInClean({ seed }: Verdict): boolean {
  return checkClean(60, ['--from', seed, '--count', '1']).caught;
}
