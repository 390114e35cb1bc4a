import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf } from '../../../src/base/bytes';
import { manualWorld, seededRandom } from '../../support/manual-world';
import { zipf } from '../../support/zipf';
import { LearningHouse } from './house';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const USERS = [{ match: 'user:{id}' }];

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'larder-learning-'));
  file = join(dir, 'larder.learned');
});
afterEach(() => rmSync(dir, { recursive: true }));

const countOf = ({ learning, world }: LearningHouse, key: string) => {
  const { recent } = learning.learned;
  const item = recent.itemOf(`\0${key}`);
  return item < 0 ? 0 : recent.surelyOf(item, world.clock.now);
};

test('hits and loads of keys with loaders are learned; others are not', async () => {
  const house = new LearningHouse({ keys: USERS, plain: ['plain:{id}'], settings: { halfLifeMs: 1e12 } });
  await house.start();
  await house.get('user:1', 5);
  await house.get('user:2');
  house.engine.set(0, bytesOf('plain:1'), bytesOf('x'));
  await house.get('plain:1', 5);
  await house.pass(11_000);
  expect(countOf(house, 'user:1')).toBeCloseTo(5);
  expect(countOf(house, 'user:2')).toBeCloseTo(1);
  expect(house.learning.learned.recent.size).toBe(2);
  await house.get('user:1', 3);
  await house.pass(11_000);
  expect(countOf(house, 'user:1')).toBeCloseTo(8);
});

test('a slot that another key has meanwhile does not lend it its hits', async () => {
  const house = new LearningHouse({ keys: USERS, settings: { halfLifeMs: 1e12 } });
  await house.start();
  await house.get('user:1', 100);
  await house.pass(11_000);
  house.engine.invalidateKeys(0, [bytesOf('user:1')]);
  await house.get('user:2', 60);
  await house.pass(11_000);
  expect(countOf(house, 'user:2')).toBeCloseTo(60);
  expect(countOf(house, 'user:1')).toBeCloseTo(100);
});

test('a counter that stands at its end keeps what it had, while it is used', async () => {
  const house = new LearningHouse({ keys: USERS });
  await house.start();
  await house.get('user:1', 5000);
  await house.pass(11_000);
  const { recent } = house.learning.learned;
  const count = () => recent.surelyOf(recent.itemOf('\0user:1'), house.world.clock.now);
  const before = count();
  expect(before).toBeGreaterThan(4000);
  for (let i = 0; i < 30; i++) {
    await house.get('user:1', 10);
    await house.pass(10_000);
  }
  expect(count()).toBeGreaterThan(0.97 * before);
  await house.pass(HOUR);
  expect(count()).toBeLessThan(0.6 * before);
});

test('after a restart with nothing on disk the hot keys are loaded again, hottest first, though nobody asks', async () => {
  const random = seededRandom(21);
  const next = zipf(300, 0.99, random);
  const before = new LearningHouse({ keys: USERS, file });
  await before.start();
  for (let i = 0; i < 5000; i++) await before.get(`user:${next()}`);
  await before.pass(11_000);
  await before.learning.close();

  const after = new LearningHouse({ keys: USERS, file });
  await after.start();
  await after.pass(1_000);
  const loaded = await after.drain();
  expect(loaded.length).toBeGreaterThan(200);
  expect(after.asked).toEqual(loaded);
  // Hottest first, but for keys that were used nearly as often.
  const rank = (key: string) => Number(key.slice(5));
  expect(loaded.slice(0, 3).map(rank)).toEqual([0, 1, 2]);
  const mean = (keys: string[]) => keys.reduce((sum, key) => sum + rank(key), 0) / keys.length;
  const half = loaded.length >> 1;
  expect(mean(loaded.slice(0, half))).toBeLessThan(mean(loaded.slice(half)) / 2);
  expect(await after.get('user:0')).toBe('user:0 v1');
  expect(after.asked).toHaveLength(loaded.length);
  after.engine.audit();
});

test('what is asked for so seldom that it would expire before is not loaded', async () => {
  const keys = [{ match: 'user:{id}', ttl: 6 * MINUTE }];
  const before = new LearningHouse({ keys, file });
  await before.start();
  await before.get('user:1');
  await before.get('user:2', 2);
  await before.learning.close();
  const after = new LearningHouse({ keys, file });
  await after.start();
  await after.pass(1_000);
  expect(await after.drain()).toEqual(['user:2']);
  expect(after.resumed).toEqual([{ name: 'origin', perSecond: 100, usualMs: 20 }]);
});

test('what is there is not loaded', async () => {
  const before = new LearningHouse({ keys: USERS, file });
  await before.start();
  await before.get('user:1', 5);
  await before.get('user:2', 5);
  await before.pass(11_000);
  await before.learning.close();
  const after = new LearningHouse({ keys: USERS, file });
  after.engine.set(0, bytesOf('user:1'), bytesOf('there'));
  await after.start();
  await after.pass(1_000);
  expect(await after.drain()).toEqual(['user:2']);
  expect(await after.get('user:1')).toBe('there');
});

test('it is saved now and then, so that a killed server knows it too', async () => {
  const before = new LearningHouse({ keys: USERS, file });
  await before.start();
  await before.get('user:1', 5);
  await before.pass(MINUTE + 11_000);
  while (before.learning.saving.saves === 0) await new Promise(setImmediate);
  const after = new LearningHouse({ keys: USERS, file });
  await after.start();
  expect(countOf(after, 'user:1')).toBeGreaterThan(0);
});

test('a damaged file is left out, and said so once', async () => {
  writeFileSync(file, 'nonsense, but long enough to have a header: .........................');
  const world = manualWorld();
  const warnings: string[] = [];
  world.log = { ...world.log, warn: (_fields, message) => warnings.push(message) };
  const house = new LearningHouse({ keys: USERS, file, world });
  await house.start();
  await house.pass(2_000);
  expect(warnings).toEqual(['what was learned before cannot be used: learning anew']);
  expect(house.offers).toEqual([]);
  await house.learning.close();
  expect(readFileSync(file, 'latin1')).toContain('nonsense');
});

describe('after a mass invalidation', () => {
  async function filled(settings = {}) {
    const house = new LearningHouse({ keys: [{ match: 'user:{id}' }], settings });
    await house.start();
    for (let id = 0; id < 200; id++) await house.get(`user:${id}`, 1 + (id % 20));
    await house.pass(11_000);
    house.asked.length = 0;
    return house;
  }
  const all = Array.from({ length: 200 }, (_, id) => bytesOf(`user:${id}`));

  test('what was hot is loaded again, hottest first, and never what was read before', async () => {
    const house = await filled();
    house.version = 2;
    expect(house.engine.invalidateKeys(0, all)).toBe(200);
    await house.pass(1_000);
    const loaded = await house.drain();
    // Asked for once is not hot.
    expect(loaded).toHaveLength(190);
    const uses = loaded.map((key) => 1 + (Number(key.slice(5)) % 20));
    expect(uses[0]).toBe(20);
    expect(uses.at(-1)).toBe(2);
    for (const key of loaded) expect(await house.get(key)).toBe(`${key} v2`);
    house.engine.audit();
  });

  test('a reader who comes meanwhile gets the new value, and the key is loaded once', async () => {
    const house = await filled();
    house.version = 2;
    house.engine.invalidateKeys(0, all);
    expect(await house.get('user:19')).toBe('user:19 v2');
    await house.pass(1_000);
    await house.drain();
    expect(house.asked.filter((key) => key === 'user:19')).toHaveLength(1);
  });

  test('a learned load that an invalidation overtakes leaves nothing behind', async () => {
    const house = await filled();
    house.version = 2;
    house.engine.invalidateKeys(0, all);
    await house.pass(1_000);
    const loads: Promise<unknown>[] = [];
    for (let item = house.queue.take(() => true); item !== undefined; item = house.queue.take(() => true))
      loads.push(house.engine.quiet.loadQuietly(item.offer));
    expect(house.asked.length).toBeGreaterThan(0);
    // Asked with what was true before; answered after the acknowledgement.
    house.version = 3;
    house.engine.invalidateKeys(0, all);
    const outcomes = new Set(await Promise.all(loads));
    expect(outcomes).toContain('fenced');
    expect(outcomes).not.toContain('loaded');
    for (let id = 0; id < 20; id++) expect(await house.get(`user:${id}`)).toBe(`user:${id} v3`);
    house.engine.audit();
  });

  test('a few dead keys are no mass', async () => {
    const house = await filled();
    house.engine.invalidateKeys(0, all.slice(0, 20));
    await house.pass(10_000);
    expect(house.offered('learned')).toEqual([]);
  });

  test('again and again: the keys are looked at once in five seconds', async () => {
    const house = await filled();
    for (let second = 0; second < 20; second++) {
      house.engine.invalidateKeys(0, all);
      await house.pass(1_000);
      await house.drain();
    }
    expect(house.learning.rewarming.passes.invalidation).toBeLessThanOrEqual(5);
    expect(house.learning.rewarming.passes.invalidation).toBeGreaterThanOrEqual(4);
  });

  test('it takes only so much of the queue', async () => {
    const house = new LearningHouse({ keys: USERS, settings: { keysMax: 3000 } });
    await house.start();
    const many = Array.from({ length: 2500 }, (_, id) => `user:${id}`);
    for (const key of many) await house.get(key, 3);
    await house.pass(20_000);
    house.engine.invalidateKeys(0, many.map(bytesOf));
    await house.pass(1_000);
    expect(house.queue.size).toBe(1000);
    await house.drain(500);
    await house.pass(100);
    expect(house.queue.size).toBe(1000);
    await house.drain();
    await house.pass(100);
    await house.drain();
    expect(new Set(house.offered('learned')).size).toBe(2500);
  });
});

describe('by hour of day', () => {
  test('what was wanted at an hour is loaded a little before that hour comes again, and only then', async () => {
    const world = manualWorld();
    // Half past eight.
    world.clock.now = Math.ceil(world.clock.now / (24 * HOUR)) * 24 * HOUR + 8.5 * HOUR;
    const house = new LearningHouse({ keys: [{ match: 'report:{id}', ttl: 30 * MINUTE }], world });
    await house.start();
    await house.get('report:day', 20);
    await house.pass(11_000);
    world.clock.now += 5 * HOUR;
    await house.get('report:night', 20);
    await house.pass(11_000);
    // Until shortly before eight of the next day, in strides: background work sees the hours go by.
    for (let hours = 0; hours < 18; hours++) {
      world.clock.now += HOUR;
      await house.pass(2_000);
    }
    expect(house.offered('learned')).not.toContain('report:day');
    await house.drain();
    world.clock.now = Math.floor(world.clock.now / (24 * HOUR)) * 24 * HOUR + 8 * HOUR - 4 * MINUTE;
    await house.pass(2_000);
    expect(house.offered('learned')).toEqual(['report:day']);
    expect(await house.drain()).toEqual(['report:day']);
  });
});

describe('about to expire', () => {
  const short = [{ match: 'user:{id}', ttl: 40_000 }];

  test('a key that is still wanted is refreshed before its end; one that is not, is not', async () => {
    const house = new LearningHouse({ keys: short });
    await house.start();
    await house.get('user:wanted', 20);
    await house.get('user:once');
    await house.pass(37_000);
    expect(house.offered('expiring')).toEqual([]);
    await house.pass(2_500);
    expect(house.offered('expiring')).toEqual(['user:wanted']);
    expect(house.offers.at(-1)).toMatchObject({ force: true, origin: 'expiring' });
    await house.pass(60_000);
    // Not used since: not again.
    expect(house.offered('expiring')).toEqual(['user:wanted']);
  });

  test('a key without an end is left alone', async () => {
    const house = new LearningHouse({ keys: USERS });
    await house.start();
    await house.get('user:wanted', 20);
    await house.pass(5 * MINUTE);
    expect(house.offers).toEqual([]);
  });
});

test('off: nothing is learned, nothing offered, nothing written', async () => {
  const house = new LearningHouse({ keys: USERS, file, settings: { isOn: false } });
  await house.start();
  await house.get('user:1', 20);
  await house.pass(2 * MINUTE);
  await house.learning.close();
  expect(house.learning.learned.recent.size).toBe(0);
  expect(house.learning.learned.hours.size).toBe(0);
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('without loaders there is nothing to learn', async () => {
  const house = new LearningHouse({ keys: [], plain: ['user:{id}'], file });
  await house.start();
  house.engine.set(0, bytesOf('user:1'), bytesOf('x'));
  await house.get('user:1', 20);
  await house.pass(MINUTE);
  await house.learning.close();
  expect(house.learning.isOn).toBe(false);
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

describe('WARMUSER', () => {
  const templates = [
    { match: 'home:{user}' },
    { match: 'cart:{user}:{region}' },
    { match: 'feed:{user}:{tab}' },
    { match: 'mail:{owner}', 'warm-user': 'owner' },
    { match: 'item:{id}' },
  ];

  test('of somebody who was never here: what needs only the name, and what is usual with others', async () => {
    const house = new LearningHouse({ keys: templates });
    await house.start();
    for (let user = 0; user < 10; user++) {
      await house.get(`home:u${user}`);
      await house.get(`feed:u${user}:news`);
      await house.get(`item:${user}`);
    }
    expect(house.learning.warmUser(0, 'ada', 100)).toBe(3);
    expect((await house.drain()).sort()).toEqual(['feed:ada:news', 'home:ada', 'mail:ada']);
    expect(house.offered('user')[0]).toBe('home:ada');
    expect(await house.get('home:ada')).toBe('home:ada v1');
  });

  test('of somebody who was: what was asked for, with what is known of the other placeholders, likeliest first', async () => {
    const house = new LearningHouse({ keys: templates });
    await house.start();
    await house.get('home:ada', 10);
    await house.get('cart:ada:eu');
    await house.get('cart:bob:us');
    await house.pass(11_000);
    house.engine.flush(0);
    await house.pass(20 * MINUTE);
    expect(house.learning.warmUser(0, 'ada', 100)).toBe(4);
    const offered = house.offered('user');
    expect(offered.slice(0, 2)).toEqual(['home:ada', 'cart:ada:eu']);
    // Half of all carts are in the us.
    expect([...offered].sort()).toEqual(['cart:ada:eu', 'cart:ada:us', 'home:ada', 'mail:ada']);
    expect(house.learning.warmUser(0, 'ada', 2)).toBe(2);
  });

  test('MAX bounds it, and what is there does not count', async () => {
    const house = new LearningHouse({ keys: templates });
    await house.start();
    await house.get('home:ada');
    expect(house.learning.warmUser(0, 'ada', 1)).toBe(1);
    expect(house.offered('user')).toEqual(['mail:ada']);
    await house.drain();
    expect(house.learning.warmUser(0, 'ada', 10)).toBe(0);
  });

  test('a name that is no segment makes no key', async () => {
    const house = new LearningHouse({ keys: templates });
    await house.start();
    expect(house.learning.warmUser(0, 'a:b', 10)).toBe(0);
    expect(house.learning.warmUser(0, '', 10)).toBe(0);
    expect(house.learning.warmUser(0, '\xff\0', 10)).toBe(2);
    expect((await house.drain()).sort()).toEqual(['home:\xff\0', 'mail:\xff\0']);
  });

  test('what users come to after what they asked for last goes first', async () => {
    const house = new LearningHouse({ keys: templates });
    await house.start();
    for (let user = 0; user < 10; user++) {
      await house.get(`mail:u${user}`);
      await house.get(`home:u${user}`);
      await house.pass(1_000);
    }
    const { transitions } = house.learning.learned;
    expect(transitions.likelihood('mail:{owner}', '')).toBe(1);
    expect(transitions.likelihood('home:{user}', 'mail:{owner}')).toBe(1);
    await house.get('mail:ada');
    house.learning.warmUser(0, 'ada', 10);
    expect(house.offered('user')[0]).toBe('home:ada');
  });

  test('users are bounded, the ones seen last stay', async () => {
    const house = new LearningHouse({ keys: templates, settings: { usersMax: 5 } });
    await house.start();
    for (let user = 0; user < 20; user++) await house.get(`home:u${user}`);
    expect([...house.learning.learned.users.all()].map(([id]) => id)).toEqual(['u15', 'u16', 'u17', 'u18', 'u19']);
  });
});

test('STATS RESET: counts begin anew, what was learned stays', async () => {
  const house = new LearningHouse({ keys: USERS });
  await house.start();
  for (let id = 0; id < 5; id++) await house.get(`user:${id}`, 3);
  await house.pass(20_000);
  const { uses, keys, walks } = house.learning.facts;
  expect([uses, walks].every((count) => count > 0)).toBe(true);
  house.learning.reset();
  expect(house.learning.facts).toMatchObject({ uses: 0, walks: 0, expiring: 0, afterStart: 0, saves: 0, keys });
});
