import { bytesOf } from '../../src/base/bytes';
import { LOSSES } from '../../src/engine/counters';
import type { LoadNews } from '../../src/engine/probe';
import { NO_TEMPLATE, type TemplateCounts } from '../../src/monitoring/api';
import { EXACT_MAX, Thinning } from '../../src/monitoring/measuring/thinning';
import { familyOf } from '../engine/family';
import { manualWorld, seededRandom } from '../support/manual-world';
import { type Observed, observed } from './sources';

const MB = 1024 ** 2;
const key = (name: string) => bytesOf(name);
const FAMILIES = {
  any: true,
  match: (text: string) => (text.includes(':') ? familyOf(`${text.split(':')[0]}:{id}`) : null),
};

function watched(seed = 1, maxMemoryBytes = 64 * MB): Observed {
  const house = observed({
    world: manualWorld(seed),
    build: { families: FAMILIES, maxMemoryBytes, policy: 'allkeys-lru' },
  });
  house.measuring.start();
  return house;
}

function of({ measuring }: Observed, template: string): TemplateCounts {
  return measuring.totals().templates.find((each) => each.template === template)!;
}

function loaded(house: Observed, more: Partial<LoadNews> = {}): void {
  const news: LoadNews = {
    db: 0,
    key: Buffer.from('a:1'),
    family: 'a:{id}',
    tookMs: 8,
    quiet: false,
    outcome: 'loaded',
  };
  house.engine.core.probe.loaded!({ ...news, ...more });
}

test.each([1, 2, 3])('sampled hits are near the real ones (seed %d)', (seed) => {
  const house = watched(seed);
  const random = seededRandom(seed);
  const shares = { a: 0.6, b: 0.3, c: 0.1 };
  for (const name of Object.keys(shares)) house.engine.set(0, key(`${name}:1`), bytesOf('0123456789'));
  const real = { a: 0, b: 0, c: 0 };
  const gets = 200_000;
  for (let i = 0; i < gets; i++) {
    const chance = random();
    const name = chance < 0.6 ? 'a' : chance < 0.9 ? 'b' : 'c';
    real[name]++;
    house.engine.get(0, key(`${name}:1`));
  }
  const oneOf = house.measuring.sampledOneOf;
  for (const name of ['a', 'b', 'c'] as const) {
    const { hits, bytesRead, missesTotal } = of(house, `${name}:{id}`);
    // Five standard deviations of a sample of one in `oneOf`.
    const off = Math.abs(hits - real[name]);
    expect({ seed, name, off, isNear: off <= 5 * Math.sqrt(real[name] * oneOf) }).toMatchObject({ isNear: true });
    expect(bytesRead).toBe(hits * 10);
    expect(missesTotal).toBe(0);
  }
  expect(house.measuring.totals()).toMatchObject({ gets, hits: gets });
  house.engine.audit();
});

test('clients in step with the sample do not fool it', () => {
  const house = watched();
  const oneOf = house.measuring.sampledOneOf;
  for (const name of ['a', 'b']) house.engine.set(0, key(`${name}:1`), bytesOf('v'));
  for (let i = 0; i < 500_000; i++) house.engine.get(0, key(i % oneOf === 0 ? 'a:1' : 'b:1'));
  expect(of(house, 'a:{id}')?.hits ?? 0).toBeLessThan(500_000 / 20);
});

test('misses are exact, by reason', () => {
  const house = watched();
  house.engine.set(0, key('a:1'), bytesOf('v'));
  house.engine.remove(0, key('a:1'));
  for (let i = 0; i < 3; i++) house.engine.get(0, key('a:1'));
  for (let i = 0; i < 5; i++) house.engine.get(0, key('b:1'));
  house.engine.get(0, key('plain'));
  expect(of(house, 'a:{id}')).toMatchObject({ gets: 3, missesTotal: 3, misses: { deleted: 3, absent: 0 } });
  expect(of(house, 'b:{id}')).toMatchObject({ misses: { absent: 5 } });
  expect(of(house, NO_TEMPLATE)).toMatchObject({ misses: { absent: 1 } });
  expect(house.measuring.totals().missesTotal).toBe(9);
});

test('beyond its budget a sample stands for all', () => {
  const seed = 3;
  const thinning = new Thinning(seededRandom(seed));
  let sum = 0;
  const events = 20 * EXACT_MAX;
  for (let i = 0; i < events; i++) {
    const weight = thinning.weight();
    if (i < EXACT_MAX) expect(weight).toBe(1);
    sum += weight;
  }
  expect({ seed, isNear: Math.abs(sum / events - 1) < 0.01 }).toMatchObject({ isNear: true });
  thinning.next();
  expect(thinning.weight()).toBe(1);
});

test('what was evicted and is asked for again', () => {
  const house = watched(1, 1 * MB);
  const { engine, measuring, world } = house;
  const keys = 2_000;
  for (let i = 0; i < keys; i++) engine.set(0, key(`a:${i}`), bytesOf('x'.repeat(1000)));
  const { evicted } = engine.core.counters;
  expect(evicted).toBeGreaterThan(500);
  for (let i = 0; i < 100; i++) engine.get(0, key(`a:${i}`));
  for (let i = 0; i < 100; i++) engine.get(0, key(`a:${i}`));
  expect(of(house, 'a:{id}')).toMatchObject({ evicted, evictedAskedAgain: 100 });
  expect(measuring.evictions()).toMatchObject({ evicted, askedAgain: 100, hits: { count: evicted, max: 0 } });
  world.clock.now += 601_000;
  for (let i = 100; i < 200; i++) engine.get(0, key(`a:${i}`));
  expect(measuring.evictions().askedAgain).toBe(100);
  engine.audit();
});

test('how old, idle and wanted was what left', () => {
  const house = watched(1, 1 * MB);
  const { engine, measuring, world } = house;
  for (let i = 0; i < 400; i++) engine.set(0, key(`a:${i}`), bytesOf('x'.repeat(1000)));
  for (let round = 0; round < 3; round++) for (let i = 0; i < 400; i++) engine.get(0, key(`a:${i}`));
  world.clock.now += 50_000;
  for (let i = 0; i < 1_100; i++) engine.set(0, key(`b:${i}`), bytesOf('x'.repeat(1000)));
  const { evicted, idleSeconds, hits } = measuring.evictions();
  expect(evicted).toBeGreaterThan(400);
  expect(idleSeconds.max).toBeGreaterThan(48);
  expect(hits).toMatchObject({ max: 3 });
});

test('loads, and what hits saved the origin', () => {
  const house = watched();
  const { engine, measuring } = house;
  engine.set(0, key('a:1'), bytesOf('v'));
  engine.core.costs.loaded('a:{id}', 8);
  loaded(house);
  loaded(house, { outcome: 'failed', tookMs: 2 });
  for (let i = 0; i < 20_000; i++) engine.get(0, key('a:1'));
  const counts = of(house, 'a:{id}');
  expect(counts).toMatchObject({ loads: 2, loadFailures: 1, loadMs: 10, savedCalls: counts.hits });
  expect(counts.savedMs).toBeCloseTo(counts.hits * 8, 3);
  const { saved, layers, loadLatencies } = measuring.totals();
  expect(saved).toEqual({ calls: counts.savedCalls, ms: counts.savedMs });
  expect(layers[2]!.latency.maxMs / 8).toBeCloseTo(1, 1);
  expect(loadLatencies).toMatchObject([{ template: 'a:{id}', latency: { count: 2 } }]);
});

test('minutes name their busiest templates', () => {
  const house = watched();
  for (let i = 0; i < 30; i++) for (let n = 0; n <= i; n++) house.engine.get(0, key(`t${i}:1`));
  house.world.scheduler.advance(60_000);
  const [row] = house.measuring.recentMinutes();
  expect(row!.templates).toHaveLength(20);
  expect(row!.templates[0]).toMatchObject({ template: 't29:{id}', misses: 30, missesExpired: 0 });
  expect(row!.misses.absent).toBe((30 * 31) / 2);
  expect(Object.keys(row!.misses)).toEqual([...LOSSES]);
});
