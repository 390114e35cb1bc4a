import { bytesOf } from '../../src/base/bytes';
import type { Explanation } from '../../src/engine/api';
import { NEWEST_LOSSES_MAX } from '../../src/engine/losses';
import { DiskHouse, type DiskHouseOptions } from './disk-house';

let house: DiskHouse;
afterEach(async () => {
  await house.stop();
  house.remove();
});

async function begin(options: DiskHouseOptions = {}): Promise<void> {
  house = new DiskHouse(11, options);
  await house.openAndLoad();
}

const set = (key: string, options = {}, value = 'v') => house.engine.set(0, bytesOf(key), bytesOf(value), options);

async function why(key: string): Promise<Record<string, Explanation[number][1]>> {
  return Object.fromEntries(await house.settled(house.engine.why(0, bytesOf(key))));
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    house.world.scheduler.advance(500);
    await house.turn();
  }
}

async function loseSome(): Promise<void> {
  set('tagged\xff', { tags: ['t\xff'] });
  set('source');
  set('dependent');
  set('deleted');
  house.engine.dependencyAdd(0, bytesOf('dependent'), [bytesOf('source')]);
  await pass(3_000);
  await house.settled(house.engine.invalidateTags(['t\xff'], { client: 'id=1', reason: 'a reason' }));
  await house.settled(house.engine.invalidateKeys(0, [bytesOf('source')]));
  await house.settled(house.engine.remove(0, bytesOf('deleted')));
  await pass(1_000);
}

async function expectAllKnown(): Promise<void> {
  expect(await why('tagged\xff')).toMatchObject({
    state: 'lost',
    reason: 'invalidated',
    by: 'tag',
    tag: 't\xff',
    client: 'id=1',
    text: 'a reason',
  });
  expect((await why('tagged\xff')).age_ms).toBeGreaterThanOrEqual(2_000);
  expect(await why('dependent')).toMatchObject({ by: 'dependency', path: ['source'], through: 'key' });
  expect(await why('deleted')).toMatchObject({ reason: 'deleted' });
}

test('after an orderly stop all is known, twice over; what comes next goes on counting', async () => {
  await begin();
  await loseSome();
  for (let round = 0; round < 2; round++) {
    await house.stop();
    await house.openAndLoad();
    await expectAllKnown();
    expect(await why('nobody')).toEqual({ state: 'never seen', certain: 1 });
  }
  set('new', { tags: ['n'] });
  await house.settled(house.engine.invalidateTags(['n']));
  expect(await why('new')).toMatchObject({ by: 'tag', tag: 'n' });
  await expectAllKnown();
});

test('killed: what was lost some seconds before is known, and nothing is called certain', async () => {
  await begin();
  await loseSome();
  await pass(6_000);
  await house.settled(house.disk.flushed());
  await house.kill();
  await house.openAndLoad();
  await expectAllKnown();
  expect(await why('nobody')).toEqual({ state: 'never seen', certain: 0 });
});

test('more than is kept: the newest come back, the others are not claimed to be never seen', async () => {
  await begin();
  const lose = (key: string) => {
    set(key);
    return house.settled(house.engine.remove(0, bytesOf(key)));
  };
  await lose('old');
  for (let i = 0; i < NEWEST_LOSSES_MAX + 500; i++) await lose(`k${i}`);
  for (let round = 0; round < 2; round++) {
    await house.stop();
    await house.openAndLoad();
    for (const key of ['k600', `k${NEWEST_LOSSES_MAX + 499}`])
      expect(await why(key)).toMatchObject({ reason: 'deleted' });
    expect(await why('old')).toEqual({ state: 'never seen', certain: 0 });
  }
});

test('saved in the background once what was lost has changed, not again and again', async () => {
  await begin();
  const saved: string[] = [];
  const save = house.disk.saveNote.bind(house.disk);
  house.disk.saveNote = (name, value, bulk) => {
    saved.push(name);
    return save(name, value, bulk);
  };
  await pass(11_000);
  expect(saved).toEqual([]);
  set('k');
  await house.settled(house.engine.remove(0, bytesOf('k')));
  await pass(11_000);
  expect(saved).toEqual(['why/losses/0', 'why/moments']);
});

test('notes that make no sense cost nothing but answers', async () => {
  await begin();
  await loseSome();
  await house.stop();
  await house.open();
  house.engine.background.stop();
  for (const [name, value] of [
    ['why/losses/0', 'short'],
    ['why/losses/1', 'x'.repeat(1000)],
    ['why/causes/0', '{"not": "a list"}'],
    ['why/causes/1', '[[1], ["a", {}], [2, {"kind": 7}], null]'],
    ['why/moments', 'no json'],
  ] as const) {
    house.disk.saveNote(name, Buffer.from(value), true);
  }
  await house.settled(house.disk.flushed());
  await house.kill();
  await house.openAndLoad();
  expect(await why('deleted')).toEqual({ state: 'never seen', certain: 0 });
});

test('a key whose value rests on disk only says so; evicted there, it says that too', async () => {
  await begin({ maxMemoryBytes: 3 << 20 });
  set('first', {}, 'x'.repeat(1_000));
  expect(await why('first')).toMatchObject({ state: 'live', layers: ['memory'], disk: 'waiting' });
  await house.written();
  expect(await why('first')).toMatchObject({ layers: ['memory', 'disk'], disk: 'written' });
  for (let i = 0; house.engine.core.counters.demoted === 0; i++) {
    set(`k${i}`, {}, 'x'.repeat(1_000));
    if (i % 100 === 0) await house.written();
  }
  expect(await why('first')).toMatchObject({ state: 'live', layers: ['disk'], disk: 'written' });
  house.disk.onEvicted([{ db: 0, key: bytesOf('first'), version: 1 }]);
  expect(await why('first')).toMatchObject({ state: 'lost', reason: 'evicted', layer: 'disk' });
});

test('evicted before it was written', async () => {
  await begin({ maxMemoryBytes: 2 << 20 });
  for (let i = 0; house.engine.core.counters.evicted === 0; i++) set(`k${i}`, {}, 'x'.repeat(1_000));
  expect(await why('k0')).toMatchObject({ reason: 'evicted', layer: 'memory', disk: 'not yet written' });
});
