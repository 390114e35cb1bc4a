import { bytesOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { Engine } from '../../src/engine/engine';
import type { Kind } from '../../src/types/kinds';
import { manualWorld } from '../support/manual-world';
import { contentsOf } from '../types/contents';
import { buildEngine } from './build';
import { DiskHouse } from './disk-house';

const MAKES = { create: true, addsBytes: 100 };
const TAKES = { create: false, addsBytes: 0 };
const k = bytesOf('k');

/** A hash of so many fields. */
function fill(engine: Engine, key: string, fields: number): void {
  for (let i = 0; i < fields; i++) {
    engine.collections.change(0, bytesOf(key), 'hash', MAKES, (hash) =>
      hash!.set(bytesOf(`field ${i}`), bytesOf(`value ${i}`)),
    );
  }
}

describe('memory', () => {
  test('a large collection is charged for, and paid back', () => {
    const engine = buildEngine(manualWorld(1));
    const { memory } = engine.core;
    const before = memory.usedBytes;
    fill(engine, 'k', 5000);
    const slot = engine.locate(0, k) as number;
    expect(memory.attachments.size).toBe(1);
    // Texts, table and Map of 5,000 fields of 10 bytes with values of 10 bytes.
    expect(engine.info(slot).sizeBytes).toBeGreaterThan(5000 * 100);
    expect(memory.usedBytes - before).toBeGreaterThan(5000 * 100);
    engine.audit();
    engine.remove(0, k);
    expect(memory.usedBytes - before).toBeLessThan(10_000);
    engine.audit();
  });

  test('a flush pays back large collections, in slices', () => {
    const world = manualWorld(1);
    const engine = buildEngine(world);
    engine.start();
    fill(engine, 'k', 1000);
    void engine.flush();
    expect(engine.locate(0, k)).toBe(0);
    for (let i = 0; i < 100; i++) {
      world.scheduler.advance(10);
      world.scheduler.turn();
    }
    expect(engine.core.memory.attachments.usedBytes).toBe(0);
    engine.audit();
    engine.background.stop();
  });

  test('large collections are evicted as all entries are', () => {
    const engine = buildEngine(manualWorld(1), { maxMemoryBytes: 4 << 20 });
    for (let i = 0; i < 20; i++) fill(engine, `k${i}`, 3000);
    const { memory } = engine.core;
    expect(memory.usedBytes).toBeLessThan((4 << 20) + 10_000);
    expect(engine.core.counters.evicted).toBeGreaterThan(5);
    expect(memory.attachments.size).toBeGreaterThan(3);
    engine.audit();
  });

  test('when memory is full and nothing may leave, only what adds is refused', () => {
    const engine = buildEngine(manualWorld(1), { maxMemoryBytes: 2 << 20, policy: 'noeviction' });
    expect(() => fill(engine, 'k', 50_000)).toThrow(Fault);
    const taken = engine.collections.change(0, k, 'hash', TAKES, (hash) => hash!.delete(bytesOf('field 0')));
    expect(taken).toBe(true);
    engine.audit();
  });

  test('a large collection moves with its key, and is copied', () => {
    const engine = buildEngine(manualWorld(1));
    fill(engine, 'k', 1000);
    const object = engine.collections.find(0, k, 'hash');
    engine.rename(0, k, 0, bytesOf('moved'), true);
    expect(engine.collections.find(0, bytesOf('moved'), 'hash')).toBe(object);
    engine.copy(0, bytesOf('moved'), 1, bytesOf('copy'), false);
    engine.collections.change(1, bytesOf('copy'), 'hash', TAKES, (hash) => hash!.delete(bytesOf('field 0')));
    expect(engine.collections.find(0, bytesOf('moved'), 'hash')).toHaveLength(1000);
    expect(engine.collections.find(1, bytesOf('copy'), 'hash')).toHaveLength(999);
    engine.audit();
  });
});

describe('disk', () => {
  const houses: DiskHouse[] = [];

  async function newHouse(options: ConstructorParameters<typeof DiskHouse>[1] = {}): Promise<DiskHouse> {
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

  /** One small and one large of every kind. */
  function fillAll({ engine }: DiskHouse): void {
    const { collections } = engine;
    for (const [name, count] of [
      ['small', 5],
      ['large', 700],
    ] as const) {
      for (let i = 0; i < count; i++) {
        const each = bytesOf(`element ${i}`);
        const keyOf = (kind: Kind) => bytesOf(`${name} ${kind}`);
        collections.change(0, keyOf('hash'), 'hash', MAKES, (hash) => hash!.set(each, bytesOf(`v${i}`)));
        collections.change(0, keyOf('set'), 'set', MAKES, (set) => set!.add(each));
        collections.change(0, keyOf('zset'), 'zset', MAKES, (zset) => zset!.put(each, i * 0.5));
        collections.change(0, keyOf('list'), 'list', MAKES, (list) => list!.push('right', each));
      }
    }
  }

  async function allOf(house: DiskHouse): Promise<Record<string, unknown>> {
    const all: Record<string, unknown> = {};
    for (const kind of ['hash', 'set', 'zset', 'list'] as const) {
      for (const name of [`small ${kind}`, `large ${kind}`]) {
        const found = await house.settled(house.engine.collections.find(0, bytesOf(name), kind));
        all[name] = found === null ? null : contentsOf(found);
      }
    }
    return all;
  }

  function demote({ engine }: DiskHouse): void {
    const { memory } = engine.core;
    for (let slot = memory.victim(); slot !== 0; slot = memory.victim()) memory.dropValue(slot);
  }

  test('every kind outlives a restart and a kill', async () => {
    const house = await newHouse();
    fillAll(house);
    const before = await allOf(house);
    await house.stop();
    await house.open();
    expect(await allOf(house)).toEqual(before);
    await house.loaded();
    house.engine.audit();
    await house.kill();
    await house.openAndLoad();
    expect(await allOf(house)).toEqual(before);
  });

  test('what was changed after it was written is never read again as it was', async () => {
    const house = await newHouse();
    fillAll(house);
    await house.written();
    for (const name of ['small hash', 'large hash'])
      house.engine.collections.change(0, bytesOf(name), 'hash', TAKES, (hash) => hash!.delete(bytesOf('element 1')));
    await house.acknowledge();
    await house.kill();
    await house.openAndLoad();
    for (const name of ['small hash', 'large hash']) {
      const found = await house.settled(house.engine.collections.find(0, bytesOf(name), 'hash'));
      expect(found?.get(bytesOf('element 1')) ?? null).toBeNull();
    }
  });

  test('values come back from disk to be read, changed, copied', async () => {
    const house = await newHouse();
    fillAll(house);
    const before = await allOf(house);
    await house.written();
    demote(house);
    expect(house.engine.core.memory.attachments.usedBytes).toBe(0);
    house.engine.audit();
    expect(await allOf(house)).toEqual(before);
    house.engine.audit();
    demote(house);
    const { collections } = house.engine;
    for (const name of ['small list', 'large list']) {
      const popped = collections.change(0, bytesOf(name), 'list', TAKES, (list) => list!.pop('left'));
      expect(await house.settled(popped)).toBe('element 0');
    }
    await house.written();
    demote(house);
    expect(await house.settled(house.engine.copy(0, bytesOf('large zset'), 0, bytesOf('copy'), true))).toBe(true);
    expect(contentsOf(collections.find(0, bytesOf('copy'), 'zset') as never)).toEqual(before['large zset']);
    await house.written();
    demote(house);
    expect(await house.settled(house.engine.rename(0, bytesOf('large set'), 0, bytesOf('moved'), true))).toBe('ok');
    expect(contentsOf(collections.find(0, bytesOf('moved'), 'set') as never)).toEqual(before['large set']);
  });

  test('the wrong kind is refused, also on disk', async () => {
    const house = await newHouse();
    fillAll(house);
    await house.written();
    demote(house);
    const { collections } = house.engine;
    await expect(house.settled(collections.find(0, bytesOf('large hash'), 'set'))).rejects.toBeInstanceOf(Fault);
    demote(house);
    const changed = collections.change(0, bytesOf('small hash'), 'list', MAKES, (list) => list!.push('left', k));
    await expect(house.settled(changed)).rejects.toBeInstanceOf(Fault);
  });

  test('what is too large for the disk layer stays in memory, and an older row of it is never read', async () => {
    const house = await newHouse({ maxCollectionBytes: 20_000 });
    fill(house.engine, 'k', 20);
    await house.written();
    fill(house.engine, 'k', 2000);
    await house.written();
    expect(house.engine.core.counters.diskRowsNotAdmitted).toBeGreaterThan(0);
    expect(house.engine.collections.find(0, k, 'hash')).toHaveLength(2000);
    await house.acknowledge();
    await house.kill();
    await house.openAndLoad();
    expect(await house.settled(house.engine.collections.find(0, k, 'hash'))).toBeNull();
  });

  test('a tag that dies while a collection comes from disk', async () => {
    const house = await newHouse();
    fill(house.engine, 'k', 300);
    house.engine.tagAdd(0, k, ['t']);
    await house.written();
    demote(house);
    const reading = house.engine.collections.find(0, k, 'hash');
    const changing = house.engine.collections.change(0, k, 'hash', TAKES, (hash) => hash?.length ?? 0);
    expect(house.engine.invalidateTags(['t'])).toBe(1);
    expect(await house.settled(reading)).toBeNull();
    expect(await house.settled(changing)).toBe(0);
    house.engine.audit();
  });
});
