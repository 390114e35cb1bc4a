import { mutated, patched } from './build';
import { checkMutant } from './check';
import { MUTANTS } from './list';

/** Found within a second or two; `npm run check:mutants` tries all of them. */
const FAST = ['kill-not-journaled', 'tag-not-journaled', 'no-fence-at-store', 'cascade-stops-at-missing'];
const SECONDS_MAX = 40;

test.each(MUTANTS.map(({ name }) => name))('the lines that %s changes are still there', (name) => {
  const mutant = MUTANTS.find((each) => each.name === name)!;
  expect(mutated(mutant).size).toBeGreaterThan(0);
});

test('a line that is not there, or there twice, is refused', () => {
  expect(() => patched('a a', { file: 'f', find: 'b', put: 'c' })).toThrow('f: 0 times');
  expect(() => patched('a a', { file: 'f', find: 'a', put: 'c' })).toThrow('f: 2 times');
});

test.each(FAST)('%s is found', (name) => {
  const mutant = MUTANTS.find((each) => each.name === name)!;
  const verdict = checkMutant(mutant, SECONDS_MAX, ['--from', '5000']);
  expect({ name, caught: verdict.caught }).toEqual({ name, caught: true });
  expect(verdict.problem).not.toBe('');
});
