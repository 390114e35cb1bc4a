import { play } from './simulate';

const SEEDS = 120;
const SEEDS_A_TEST = 30;

/** Fixed seeds, other ones than `npm run simulate` begins with. */
const FIRST = 700_000;

const sums = { reads: 0, hits: 0, restarts: 0, loads: 0 };

test.each(Array.from({ length: SEEDS / SEEDS_A_TEST }, (_, i) => FIRST + i * SEEDS_A_TEST))(
  'schedules from seed %i on find nothing old, nothing invented, no load too many',
  async (from) => {
    for (let seed = from; seed < from + SEEDS_A_TEST; seed++) {
      const outcome = await play(seed);
      expect({ seed, problem: outcome.problem }).toEqual({ seed, problem: '' });
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += outcome[name];
    }
  },
);

test('schedules reach what they are about', () => {
  // A cache that never serves breaks no promise.
  expect(sums.hits / sums.reads).toBeGreaterThan(0.3);
  expect(sums.restarts).toBeGreaterThan(SEEDS);
  expect(sums.loads).toBeGreaterThan(SEEDS);
});

test('a seed plays the same schedule each time', async () => {
  const [first, second] = [await play(42, 60, new Set(), true), await play(42, 60, new Set(), true)];
  expect(second.story).toEqual(first.story);
  expect(first.story.length).toBeGreaterThan(60);
});
