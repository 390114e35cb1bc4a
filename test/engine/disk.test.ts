import * as fs from 'node:fs';
import { bytesOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { JournalIo } from '../../src/layers/disk/journal';
import { NEVER } from '../../src/layers/layer';
import { DiskHouse, type DiskHouseOptions } from './disk-house';
import { familiesOf, familyOf, ManualOrigin } from './family';

const k = bytesOf('k');
const houses: DiskHouse[] = [];

async function newHouse(options: DiskHouseOptions = {}): Promise<DiskHouse> {
  const house = new DiskHouse(1, options);
  houses.push(house);
  await house.openAndLoad();
  return house;
}

afterEach(async () => {
  for (const house of houses.splice(0)) {
    await house.loaded();
    house.engine.audit();
    await house.kill();
    house.remove();
  }
});

/** Rows `k`, `k0`, `k1`, ... on disk, and a new engine that has read no page of the directory yet. */
async function restarted(house: DiskHouse, more = 40): Promise<void> {
  for (let i = 0; i < more; i++) house.engine.set(0, bytesOf(`k${i}`), bytesOf('v'));
  await house.stop();
  await house.open();
  expect(house.engine.core.complete).toBe(false);
}

/** Takes the values out of memory; the entries stay. */
function demote(house: DiskHouse): void {
  const { memory } = house.engine.core;
  for (let slot = memory.victim(); slot !== 0; slot = memory.victim()) memory.dropValue(slot);
}

describe('while the directory is read', () => {
  test('one key deleted twice at once dies once', async () => {
    const house = await newHouse({ pageRowsMax: 2 });
    house.engine.set(0, k, bytesOf('v'));
    await restarted(house);
    expect(await house.settled(house.engine.removeMany(0, [k, k]))).toBe(1);
    expect(await house.settled(house.engine.removeMany(0, [k, bytesOf('k1')]))).toBe(1);
    await house.loaded();
    expect(await house.get('k')).toBeNull();
  });

  test.each([
    ['declared', (house: DiskHouse) => house.engine.dependencyAdd(0, k, [bytesOf('source')])],
    ['bound', (house: DiskHouse) => house.engine.set(0, k, bytesOf('v'), { sources: ['source'] })],
  ])('a written source kills its dependents on disk (%s)', async (_kind, tie) => {
    const house = await newHouse({ pageRowsMax: 2 });
    house.engine.set(0, k, bytesOf('v'));
    tie(house);
    house.engine.set(0, bytesOf('of k'), bytesOf('v'), { sources: ['k'] });
    await restarted(house);
    house.engine.set(0, bytesOf('source'), bytesOf('new'));
    expect(await house.get('k')).toBeNull();
    expect(await house.get('of k')).toBeNull();
    await house.loaded();
    expect(await house.get('k')).toBeNull();
    expect(await house.get('of k')).toBeNull();
    await house.acknowledge();
    await house.kill();
    await house.openAndLoad();
    expect(await house.get('k')).toBeNull();
    expect(await house.get('of k')).toBeNull();
  });

  test.each([true, false])(
    'a source written before a crash keeps its dependents dead (read before: %s)',
    async (readFirst) => {
      const house = await newHouse({ pageRowsMax: 2 });
      house.engine.set(0, k, bytesOf('v'), { sources: ['source'] });
      house.engine.set(0, bytesOf('of k'), bytesOf('v'), { sources: ['k'] });
      await restarted(house);
      house.engine.set(0, bytesOf('source'), bytesOf('new'));
      await house.acknowledge();
      await house.kill();
      for (let starts = 0; starts < 2; starts++) {
        await house.open();
        if (readFirst) expect(await house.get('of k')).toBeNull();
        await house.loaded();
        expect([await house.get('k'), await house.get('of k')]).toEqual([null, null]);
        house.engine.set(0, k, bytesOf('v2'), { sources: ['source'] });
        house.engine.remove(0, k);
        await house.stop();
      }
      await house.openAndLoad();
      house.engine.set(0, k, bytesOf('v2'), { sources: ['source'] });
      await house.stop();
      await house.openAndLoad();
      expect(await house.get('k')).toBe('v2');
    },
  );

  test('DEPDEL of a declared edge holds after a crash', async () => {
    const house = await newHouse();
    house.engine.dependencyAdd(0, k, [bytesOf('s'), bytesOf('t')]);
    house.engine.set(0, k, bytesOf('v'));
    await house.acknowledge();
    await house.written();
    expect(house.engine.dependencyRemove(0, k, [bytesOf('s')])).toBe(1);
    await house.acknowledge();
    await house.kill();
    await house.openAndLoad();
    house.engine.set(0, bytesOf('s'), bytesOf('new'));
    expect(await house.get('k')).toBe('v');
    house.engine.set(0, bytesOf('t'), bytesOf('new'));
    expect(await house.get('k')).toBeNull();
  });

  test.each([true, false])(
    'DEPDEL of a bound edge: what is in memory is written anew, what rests on disk stays bound (in memory: %s)',
    async (isResident) => {
      const house = await newHouse();
      const { core } = house.engine;
      house.engine.set(0, k, bytesOf('v'), { sources: ['s', 't'] });
      await house.acknowledge();
      await house.written();
      if (!isResident) while (core.memory.victim() !== 0) core.room.evictOne();
      expect(house.engine.dependencyRemove(0, k, [bytesOf('s')])).toBe(1);
      await house.acknowledge();
      // Killed before the row is written anew it may be missing; never bound to less than it was made from.
      if (isResident) await house.written();
      await house.kill();
      await house.openAndLoad();
      house.engine.set(0, bytesOf('s'), bytesOf('new'));
      expect(await house.get('k')).toBe(isResident ? 'v' : null);
      house.engine.set(0, bytesOf('t'), bytesOf('new'));
      expect(await house.get('k')).toBeNull();
    },
  );

  test('a disk layer that is given up takes with it what waited to be written', async () => {
    let isFull = false;
    const writeSync: JournalIo['writeSync'] = (...args) => {
      if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return fs.writeSync(...args);
    };
    const house = await newHouse({ disk: { journalIo: { ...fs, writeSync } } });
    for (let i = 0; i < 100; i++) house.engine.set(0, bytesOf(`k${i}`), bytesOf('v'));
    await house.acknowledge();
    await house.written();
    for (let i = 0; i < 100; i++) house.engine.set(0, bytesOf(`k${i}`), bytesOf('v2'));
    expect(house.engine.writeBehind.length).toBe(100);
    isFull = true;
    await house.acknowledge();
    expect(house.engine.core.disk).toBeNull();
    house.world.scheduler.advance(10);
    house.world.scheduler.settle();
    expect(house.engine.writeBehind.length).toBe(0);
    expect(await house.get('k7')).toBe('v2');
  });

  test('a value with sources is answered when all is known', async () => {
    const house = await newHouse({ pageRowsMax: 2 });
    house.engine.set(0, k, bytesOf('v'), { sources: ['source'] });
    await restarted(house);
    expect(await house.get('k')).toBe('v');
    expect(house.engine.core.complete).toBe(true);
  });

  test('databases that were flushed twice have no entry of before', async () => {
    const house = await newHouse({ pageRowsMax: 512 });
    house.engine.set(0, k, bytesOf('v'));
    await restarted(house);
    // A page is there and not entered yet; meanwhile the database gets its old physical number back.
    await house.until(() => Reflect.get(house.engine.loader, 'page') !== null);
    for (let flushes = 0; flushes < 2; flushes++) {
      await house.settled(house.engine.flush(0));
      house.engine.core.dbs.swept();
    }
    expect(house.engine.loader.loadedRows).toBe(0);
    await house.loaded();
    expect(await house.settled(house.engine.size(0))).toBe(0);
  });

  test('a key that the disk cannot read in time is a miss, and still there later', async () => {
    const house = await newHouse({ pageRowsMax: 2 });
    house.engine.set(0, k, bytesOf('v'));
    await restarted(house);
    house.disk.read = () => Promise.reject(new Error('too many reads'));
    expect(await house.get('k')).toBeNull();
    expect(await house.settled(house.engine.remove(0, bytesOf('k1')))).toBe(false);
    Reflect.deleteProperty(house.disk, 'read');
    await house.loaded();
    expect(await house.get('k')).toBe('v');
    // Whether it was there could not be said; that it is gone now was.
    expect(await house.get('k1')).toBeNull();
  });
});

describe('a value on disk only', () => {
  test.each([
    [
      'EXPIRE that shortens',
      (house: DiskHouse) => house.engine.expire(0, house.engine.locate(0, k) as number, house.world.clock.now + 1000),
    ],
    ['EXPIRE that lengthens', (house: DiskHouse) => house.engine.expire(0, house.engine.locate(0, k) as number, NEVER)],
    ['TAGADD', (house: DiskHouse) => house.engine.tagAdd(0, k, ['t'])],
    ['TAGREM', (house: DiskHouse) => house.engine.tagRemove(0, k, ['old'])],
  ])('survives %s', async (_name, change) => {
    const house = await newHouse();
    const expiresAt = house.world.clock.now + 5000;
    house.engine.set(0, k, bytesOf('v'), { tags: ['old'], expiresAt });
    await house.written();
    demote(house);
    await house.settled(change(house) as Promise<unknown>);
    expect(await house.get('k')).toBe('v');
    const moment = house.engine.expiresAt(house.engine.locate(0, k) as number);
    const tags = await house.settled(house.engine.tagsOf(0, k));
    await house.stop();
    await house.openAndLoad();
    expect(await house.get('k')).toBe('v');
    expect(house.engine.expiresAt(house.engine.locate(0, k) as number)).toBe(moment);
    expect(await house.settled(house.engine.tagsOf(0, k))).toEqual(tags);
  });

  test('is not given up because the disk is too busy to read it', async () => {
    const house = await newHouse();
    house.engine.set(0, k, bytesOf('v'));
    await house.written();
    demote(house);
    house.disk.read = () => Promise.reject(new Error('too many reads'));
    expect(await house.get('k')).toBeNull();
    Reflect.deleteProperty(house.disk, 'read');
    expect(await house.get('k')).toBe('v');
  });

  test.each([
    ['SET', (house: DiskHouse) => house.engine.set(0, k, bytesOf('new')), 'new'],
    ['DEL', (house: DiskHouse) => house.engine.remove(0, k), null],
    ['INVALKEY', (house: DiskHouse) => house.engine.invalidateKeys(0, [k]), null],
    ['INVALTAG', (house: DiskHouse) => house.engine.invalidateTags(['t']), null],
    ['FLUSHDB', (house: DiskHouse) => house.engine.flush(0), null],
  ])('read while %s runs: readers that come later never get it', async (_name, change, expected) => {
    const house = await newHouse();
    house.engine.set(0, k, bytesOf('old'), { tags: ['t'] });
    await house.written();
    demote(house);
    const before = house.get('k');
    await house.turn();
    const changed = change(house);
    const after = house.get('k');
    await house.settled(changed as Promise<unknown>);
    expect(['old', expected]).toContain(await before);
    expect(await after).toBe(expected);
    expect(await house.get('k')).toBe(expected);
  });
});

describe('over a kill', () => {
  test('an edge that was bound to a value first, and then declared, is declared', async () => {
    const house = await newHouse();
    house.engine.set(0, k, bytesOf('v'), { sources: ['source'] });
    expect(house.engine.dependencyAdd(0, k, [bytesOf('source')])).toBe(0);
    await house.acknowledge();
    await house.kill();
    await house.openAndLoad();
    house.engine.set(0, k, bytesOf('v2'));
    expect(house.engine.dependencies(0, k, 'up', 1)).toHaveLength(1);
    house.engine.set(0, bytesOf('source'), bytesOf('new'));
    expect(await house.get('k')).toBeNull();
  });

  test('a file that was begun anew holds nothing older than what was acknowledged', async () => {
    const house = await newHouse();
    const { engine, disk, world } = house;
    const names = Array.from({ length: 200 }, (_, i) => `k${i}`);
    for (const name of names) engine.set(0, bytesOf(name), bytesOf('first'));
    await house.written();
    // Each slice ends after its first step; entries are gone through from the first, rows written from the last.
    let fineMs = 0;
    world.clock.fineMs = () => world.clock.now + (fineMs += 2);
    for (const name of [...names].reverse()) engine.set(0, bytesOf(name), bytesOf('old'));
    disk.onReset('test');
    while (Reflect.get(Reflect.get(engine, 'diskLife'), 'forgetting') === true) {
      world.scheduler.advance(10);
      await house.turn();
    }
    expect(engine.writeBehind.length).toBeGreaterThan(0);
    await house.settled(disk.flushed());
    for (const name of names) engine.set(0, bytesOf(name), bytesOf('new'));
    await house.acknowledge();
    await house.kill();
    await house.openAndLoad();
    for (const name of names) expect(await house.get(name)).not.toBe('old');
  });
});

test('a value whose tags or sources are refused is not stored', async () => {
  const house = await newHouse();
  const { engine } = house;
  engine.set(0, k, bytesOf('old'));
  await house.written();
  expect(() => engine.set(0, k, bytesOf('new'), { sources: ['k'] })).toThrow(Fault);
  expect(() => engine.set(0, bytesOf('l'), bytesOf('new'), { tags: ['t'.repeat(100_000)] })).toThrow(Fault);
  expect(await house.get('k')).not.toBe('new');
  expect(await house.get('l')).toBeNull();
});

test('what waits to be written when its database is flushed is not written', async () => {
  const house = await newHouse();
  house.engine.set(0, k, bytesOf('v'));
  await house.settled(house.engine.flush(0));
  await house.settled(house.engine.writeBehind.drain(1000));
  // The number that the database had is given out again.
  house.world.scheduler.settle();
  house.engine.set(0, bytesOf('other'), bytesOf('v'));
  await house.settled(house.engine.flush(0));
  await house.stop();
  await house.openAndLoad();
  expect(await house.get('k')).toBeNull();
  expect(await house.get('k', 1)).toBeNull();
});

test.each([false, true])('SWAPDB takes along what a value was made from (restarted: %s)', async (restart) => {
  const house = await newHouse();
  house.engine.set(0, k, bytesOf('v'), { sources: ['source'] });
  house.engine.set(1, bytesOf('other'), bytesOf('v'), { sources: ['source'] });
  house.engine.swap(0, 1);
  house.engine.audit();
  if (restart) {
    await house.stop();
    await house.openAndLoad();
  }
  house.engine.set(0, bytesOf('source'), bytesOf('new'));
  expect([await house.get('k', 1), await house.get('other', 0)]).toEqual(['v', null]);
  house.engine.set(1, bytesOf('source'), bytesOf('new'));
  expect(await house.get('k', 1)).toBeNull();
});

describe('loads', () => {
  test.each([1, 2])('that began before %i flushes are not stored, nor joined afterwards', async (flushes) => {
    const origin = new ManualOrigin();
    const families = familiesOf('', (key) => familyOf('{all*}', { load: origin.loaderOf(key) }));
    const house = await newHouse({ families });
    const before = house.get('k');
    for (let i = 0; i < flushes; i++) {
      if (i > 0) house.engine.set(0, bytesOf('other'), bytesOf('v'));
      await house.settled(house.engine.flush(0));
      house.world.scheduler.settle();
    }
    const after = house.get('k');
    expect(origin.calls).toHaveLength(2);
    origin.answer('old');
    expect(await before).toBe('old');
    origin.answer('new');
    expect(await after).toBe('new');
    expect(await house.get('k')).toBe('new');
  });
});
