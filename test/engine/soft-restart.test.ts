import { bytesOf } from '../../src/base/bytes';
import type { InvalidateRequest } from '../../src/engine/api';
import { DiskHouse } from './disk-house';
import { familiesOf, familyOf, UNANSWERED } from './family';

const FAMILIES = familiesOf('user:', () =>
  familyOf('user:{id}', { tags: ['people'], ttlMs: 1_000, graceMs: 10_000, load: UNANSWERED }),
);

let house: DiskHouse;

beforeEach(async () => {
  house = new DiskHouse(1, { families: FAMILIES });
  await house.openAndLoad();
});

afterEach(async () => {
  house.engine.audit();
  await house.kill();
  house.remove();
});

async function restart(how: string): Promise<void> {
  if (how === 'killed') await house.kill();
  else await house.stop();
  await house.openAndLoad();
}

async function put(key: string, ttlMs: number, more = {}): Promise<void> {
  const { engine, world } = house;
  engine.set(0, bytesOf(key), bytesOf('v'), { expiresAt: world.clock.now + ttlMs, ...more });
  await house.written();
  await house.acknowledge();
}

async function inval(request: InvalidateRequest): Promise<void> {
  await house.settled(house.engine.invalidate(request));
  await house.acknowledge();
}

const slot = (key: string) => house.engine.locate(0, bytesOf(key)) as number;
const states = (...keys: string[]) =>
  keys.map((key) => (slot(key) === 0 ? 'gone' : house.engine.core.isFresh(slot(key)) ? 'fresh' : 'stale'));

describe.each(['stopped', 'killed'])('%s', (how) => {
  test('a grace goes on after a restart, and ends when it would have ended', async () => {
    await put('user:1', 1_000);
    await put('plain', 1_000, { graceMs: 5_000 });
    await restart(how);
    expect(states('user:1', 'plain')).toEqual(['fresh', 'fresh']);
    house.world.clock.now += 1_500;
    expect(states('user:1', 'plain')).toEqual(['stale', 'gone']);
    expect(house.engine.core.findServable(0, bytesOf('plain'))).toBeGreaterThan(0);
    expect(await house.get('user:1')).toBe('v');
    await restart(how);
    expect(states('user:1')).toEqual(['stale']);
    expect(await house.get('user:1')).toBe('v');
    house.world.clock.now += 9_500;
    expect(states('user:1')).toEqual(['gone']);
  });

  test.each([
    ['tag', { tags: ['people'] }],
    ['key', { db: 0, keys: [bytesOf('user:1')] }],
  ])('softly invalidated through its %s, it is stale after a restart', async (_name, what) => {
    await put('user:1', 100_000);
    await put('user:2', 100_000);
    house.world.clock.now += 10;
    await inval({ ...what, soft: true });
    const expected = 'tags' in what ? 'stale' : 'fresh';
    expect(states('user:1', 'user:2')).toEqual(['stale', expected]);
    house.world.clock.now += 5_000;
    await restart(how);
    expect(states('user:1', 'user:2')).toEqual(['stale', expected]);
    expect(await house.get('user:1')).toBe('v');
    house.world.clock.now += 5_000;
    expect(states('user:1')).toEqual(['gone']);
  });

  test('hard after soft, and soft after hard: gone', async () => {
    await put('user:1', 100_000);
    await inval({ tags: ['people'], soft: true });
    await inval({ tags: ['people'] });
    await inval({ tags: ['people'], soft: true });
    expect(states('user:1')).toEqual(['gone']);
    await restart(how);
    expect(states('user:1')).toEqual(['gone']);
    expect(house.engine.core.memory.records.used).toBe(0);
  });

  test.each([
    ['before', 'in the same life'],
    ['before', 'in the next life'],
    ['after', 'in the same life'],
  ])('softly invalidated again, %s its end, %s: the grace is not given anew', async (when, where) => {
    await put('user:1', 100_000);
    await inval({ tags: ['people'], soft: true });
    house.world.clock.now += when === 'after' ? 10_500 : 9_000;
    if (where === 'in the next life') await restart(how);
    await inval({ tags: ['people'], soft: true });
    house.world.clock.now += 1_500;
    await restart(how);
    expect(states('user:1')).toEqual(['gone']);
  });

  test('what was made between two soft invalidations has the grace of the second', async () => {
    await inval({ tags: ['people'], soft: true });
    await put('user:1', 100_000);
    house.world.clock.now += 20_000;
    await inval({ tags: ['people'], soft: true });
    await restart(how);
    expect(states('user:1')).toEqual(['stale']);
  });

  test('what was made after a soft invalidation is fresh', async () => {
    await inval({ tags: ['people'], soft: true });
    await put('user:1', 100_000);
    await restart(how);
    expect(states('user:1')).toEqual(['fresh']);
  });

  test('soft is hard for what has no loader, whether in memory or on disk only', async () => {
    await put('plain', 100_000, { graceMs: 50_000, tags: ['t'] });
    await put('other', 100_000, { graceMs: 50_000 });
    await inval({ tags: ['t'], db: 0, keys: [bytesOf('other')], soft: true });
    await restart(how);
    expect(states('plain', 'other')).toEqual(['gone', 'gone']);
  });
});

test('a value that rests on disk only is softened where it rests, and served from there', async () => {
  await put('user:1', 100_000);
  house.engine.core.memory.dropValue(slot('user:1'));
  await inval({ db: 0, keys: [bytesOf('user:1')], soft: true });
  expect(states('user:1')).toEqual(['stale']);
  expect(await house.get('user:1')).toBe('v');
  expect(house.engine.core.counters).toMatchObject({ diskHits: 1, staleHits: 1, refreshes: 1 });
  await restart('killed');
  expect(states('user:1')).toEqual(['stale']);
});
