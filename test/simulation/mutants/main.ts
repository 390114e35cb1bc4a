import { checkClean, checkMutant, isFoundInClean, type Verdict } from './check';
import { MUTANTS } from './list';

const MUTANT_SECONDS = 60;

/**
 * npm run check:mutants [-- name ...]: seeded bugs, each until a schedule finds it; then the build as it is. Ends with 1 if a
 * bug is not found in a minute, or the clean build is not clean.
 */
function main(): number {
  const names = process.argv.slice(2);
  const chosen = names.length === 0 ? MUTANTS : MUTANTS.filter(({ name }) => names.includes(name));
  let wrong = 0;
  const tell = ({ name, caught, seconds, seed, problem }: Verdict, expected: boolean) => {
    if (caught !== expected) wrong++;
    const outcome = caught ? `seed ${seed}` : 'nothing found';
    const mark = caught === expected ? 'ok   ' : 'WRONG';
    console.log(`${mark} ${name.padEnd(30)} ${seconds.toFixed(1).padStart(6)} s  ${outcome.padEnd(14)} ${problem}`);
  };
  for (const mutant of chosen) {
    const verdict = checkMutant(mutant, MUTANT_SECONDS);
    // A seed that fails without the bug as well says nothing about it.
    if (verdict.caught && isFoundInClean(verdict)) {
      verdict.caught = false;
      verdict.problem = `seed ${verdict.seed} fails in the clean build too`;
    }
    tell(verdict, true);
  }
  tell(checkClean(MUTANT_SECONDS), false);
  return wrong === 0 ? 0 : 1;
}

process.exit(main());
