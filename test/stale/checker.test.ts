import type { Invariant } from './book';
import { type Bug, FakeServer } from './fake-server';
import type { FaultName } from './faults';
import { type CheckOptions, check, DEFAULTS } from './run';

/** The checker is checked: it finds what is wrong, and by its right name; and nothing where nothing is. */
const SEED = 11;
/** What only many reads show is looked for longer where the machine is starved. */
const SECONDS = [4, 12, 36];

function run(bug: Bug, changed: Partial<CheckOptions> = {}) {
  const server = new FakeServer(bug);
  const options: CheckOptions = {
    ...DEFAULTS,
    ...{ seconds: 60, seed: SEED, clients: 12, killEveryMs: 300, hitRateMin: 0, stopsAtFirst: true, say: () => {} },
    faults: new Set<FaultName>(['kill', 'slow', 'fail', 'storm']),
    scale: { groups: 4, perGroup: 2, sources: 4, items: 4 },
    ...changed,
  };
  return check(server, options).finally(() => server.remove());
}

async function longEnough(bug: Bug, changed: Partial<CheckOptions> = {}) {
  for (const seconds of SECONDS) {
    const result = await run(bug, { ...changed, seconds });
    if (result.counts.size > 0) return result;
  }
  throw new Error(`${bug}: not found`);
}

test('a server that does nothing wrong is not accused', async () => {
  const { violations, tally } = await run('none', { seconds: 4 });
  expect(violations.map(({ text }) => text)).toEqual([]);
  expect(tally.reads).toBeGreaterThan(100);
});

test('one that caches nothing gives nothing old; but it asks the origin too often', async () => {
  const { violations } = await longEnough('caches nothing');
  expect(new Set(violations.map(({ invariant }) => invariant))).toEqual(new Set(['I11']));
});

test.each<[Bug, Invariant[]]>([
  ['loads without a fence', ['I1', 'I4', 'I5']],
  ['readers join old loads', ['I1', 'I4', 'I5']],
  ['fills without a fence', ['I1', 'I4']],
  ['leases outlive invalidations', ['I1', 'I4', 'I5']],
  ['kills one key of a tag', ['I4']],
  ['forgets what depends', ['I4']],
  ['mixes values', ['I2']],
  ['replies too much', ['I2', 'I3']],
  ['answers with errors', ['I3']],
])('%s: found (seed 11), as one of %j', async (bug, invariants) => {
  // Slow loads overlap with more.
  const { counts, violations } = await run(bug, { faults: new Set(['storm']), originDelayMs: 120 });
  // Reads that were under way with the first may show the same bug in another light.
  expect(invariants.filter((invariant) => counts.has(invariant))).not.toEqual([]);
  expect(violations[0]!.text).toContain(violations[0]!.invariant);
});

test('what a kill undoes is found: at once as I5, and as I4 where later invalidations miss what came back', async () => {
  const { counts } = await run('undoes at a kill', { faults: new Set(['kill']) });
  expect((['I4', 'I5'] as const).filter((invariant) => counts.has(invariant))).not.toEqual([]);
});

test('a cache that never serves is found as I10, one that loads for every reader as I11', async () => {
  const never = await longEnough('caches nothing', { hitRateMin: 0.3 });
  expect([...never.counts.keys()]).toContain('I10');
  const storm = await longEnough('loads for every reader', { stopsAtFirst: false });
  expect([...storm.counts.keys()]).toEqual(['I11']);
});
