import { Fault } from '../../src/base/fault';
import type { LoadNews } from '../../src/engine/probe';
import { loadedValue } from './family';
import { DOWN, FillingHouse, key } from './filling-house';

let house: FillingHouse;
afterEach(() => house.end());

describe('FETCH', () => {
  beforeEach(() => {
    house = new FillingHouse();
  });

  test('is a read through the loader, and an error without one', async () => {
    const read = house.fetch('a:1');
    await house.call1.answer('v');
    expect(await read).toBe('v');
    expect(await house.fetch('a:1')).toBe('v');
    expect(house.asked).toHaveLength(1);
    const error = new Fault('ERR FETCH: no template with a loader matches this key');
    await expect(house.fetch('plain')).rejects.toEqual(error);
  });

  test('FRESH loads anew, and joins only what began after it', async () => {
    await house.fill('a:1', 'v1');
    const first = house.fetch('a:1', { fresh: true });
    const second = house.fetch('a:1', { fresh: true });
    const third = house.fetch('a:1', { fresh: true });
    expect(house.calls).toHaveLength(1);
    expect(await house.get('a:1')).toBe('v1');
    await house.call1.answer('v2');
    expect(await first).toBe('v2');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('v3');
    expect(await Promise.all([second, third])).toEqual(['v3', 'v3']);
    expect(await house.get('a:1')).toBe('v3');
    expect(house.calls).toHaveLength(0);
  });

  test('FRESH in line begins with the invalidation that comes before it', async () => {
    const first = house.fetch('a:1', { fresh: true });
    const second = house.fetch('a:1', { fresh: true });
    void house.engine.invalidateKeys(0, [key('a:1')]);
    const third = house.get('a:1');
    expect(house.calls).toHaveLength(2);
    await house.call1.answer('old');
    await house.call1.answer('new');
    expect(await Promise.all([first, second, third])).toEqual(['old', 'new', 'new']);
    expect(await house.get('a:1')).toBe('new');
    expect(house.asked).toHaveLength(2);
  });

  test('FRESH: what fails is an error, and the value stays', async () => {
    await house.fill('a:1', 'v1');
    const read = house.fetch('a:1', { fresh: true });
    await house.call1.answer(DOWN);
    await expect(read).rejects.toEqual(new Fault('ERR loader: connection refused'));
    expect(await house.get('a:1')).toBe('v1');
  });

  test('MAXAGE loads what was read longer ago, or nobody knows when', async () => {
    await house.fill('a:1', 'v1');
    await house.advance(100);
    expect(await house.fetch('a:1', { maxAgeMs: 100 })).toBe('v1');
    const read = house.fetch('a:1', { maxAgeMs: 99 });
    await house.call1.answer('v2');
    expect(await read).toBe('v2');
    expect(await house.fetch('a:1', { maxAgeMs: 0 })).toBe('v2');
    house.engine.set(0, key('a:2'), key('set'));
    const unknown = house.fetch('a:2', { maxAgeMs: 1_000 });
    await house.call1.answer('v');
    expect(await unknown).toBe('v');
  });
});

describe('a load that nobody waits for', () => {
  test('loads what is not fresh, with its own time and tags', async () => {
    house = new FillingHouse();
    const told = house.quiet('a:1', { ttlMs: 50, tags: ['warm'] });
    await house.settle();
    await house.call1.answer('v');
    expect(await told).toBe('loaded');
    expect(await house.quiet('a:1')).toBe('fresh');
    const { engine, world } = house;
    expect(engine.expiresAt(engine.locate(0, key('a:1')) as number)).toBe(world.clock.now + 50);
    expect(engine.invalidateTags(['warm'])).toBe(1);
    expect(await house.quiet('plain')).toBe('no-loader');
  });

  test('says what became of it', async () => {
    house = new FillingHouse();
    const told = async (answer: Parameters<typeof house.call1.answer>[0], meanwhile = () => {}) => {
      const outcome = house.quiet('a:1', { force: true });
      await house.settle();
      meanwhile();
      await house.call1.answer(answer);
      return outcome;
    };
    expect(await told('v')).toBe('loaded');
    expect(await told('v')).toBe('unchanged');
    expect(await told(loadedValue('w', { validator: 'w' }))).toBe('loaded');
    expect(await told({ kind: 'unchanged' })).toBe('unchanged');
    expect(await told('old', () => house.engine.set(0, key('a:1'), key('newer')))).toBe('fenced');
    expect(await house.get('a:1')).toBe('newer');
    expect(await told({ kind: 'absent' })).toBe('absent');
    expect(await told(DOWN)).toBe('failed');
  });

  test('its extra tag counts from its beginning', async () => {
    house = new FillingHouse();
    const told = house.quiet('a:1', { tags: ['warm'] });
    await house.settle();
    void house.engine.invalidateTags(['warm']);
    await house.call1.answer('old');
    expect(await told).toBe('fenced');
  });

  test('takes its share of the calls, never the last, and none while others wait in line', async () => {
    house = new FillingHouse({ sources: [{ name: 'a', kind: 'sql', callsMax: 4 }] });
    const outcomes = ['a:1', 'a:2', 'a:3'].map((name) => house.quiet(name));
    await house.settle();
    expect(await outcomes[2]).toBe('busy');
    expect(house.source('a')).toMatchObject({ running: 2, quietRunning: 2 });
    const reads = ['a:4', 'a:5', 'a:6'].map((name) => house.get(name));
    await house.settle();
    expect(house.source('a')).toMatchObject({ running: 4, waiting: 1 });
    await house.call1.answer('v');
    expect(await house.quiet('a:7')).toBe('busy');
    while (house.calls.length > 0) await house.call1.answer('v');
    expect(await Promise.all([...outcomes.slice(0, 2), ...reads])).toEqual(['loaded', 'loaded', 'v', 'v', 'v']);
    expect(house.source('a')).toMatchObject({ running: 0, quietRunning: 0, waiting: 0 });
  });

  test('of a batch template go together', async () => {
    house = new FillingHouse({ load: { batchKeysMax: 50 }, sources: [{ name: 'a', kind: 'sql', callsMax: 4 }] });
    const outcomes = Array.from({ length: 40 }, (_, i) => house.quiet(`a:${i}`));
    await house.settle();
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('v');
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['loaded']));
  });

  test('is busy while the breaker is open, and may be the one call that tries', async () => {
    house = new FillingHouse({ fill: { breakerFailures: 1 } });
    void house.get('a:1');
    await house.call1.answer(DOWN);
    expect(await house.quiet('a:2')).toBe('busy');
    await house.advance(1_000);
    const told = house.quiet('a:2');
    await house.settle();
    expect(house.source('a').breaker).toBe('half-open');
    expect(await house.quiet('a:3')).toBe('busy');
    await house.call1.answer('v');
    expect([await told, house.source('a').breaker]).toEqual(['loaded', 'closed']);
  });

  test('joins a load that is under way, and a reader joins it', async () => {
    house = new FillingHouse();
    const read = house.get('a:1');
    const told = house.quiet('a:1');
    await house.settle();
    await house.call1.answer('v');
    expect([await read, await told]).toEqual(['v', 'loaded']);
    const quiet = house.quiet('a:2');
    await house.settle();
    const reader = house.get('a:2');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('w');
    expect([await quiet, await reader]).toEqual(['loaded', 'w']);
  });

  test('does not push out what is in use, but what nobody has used for long', async () => {
    house = new FillingHouse({ maxMemoryBytes: 2 << 20 });
    const value = key('x'.repeat(10_000));
    for (let i = 0; i < 400; i++) house.engine.set(0, key(`plain:${i}`), value);
    const entries = house.engine.size(0);
    expect(await house.quiet('a:1')).toBe('full');
    expect(house.calls).toHaveLength(0);
    house.world.clock.now += 600_000;
    const told = house.quiet('a:1');
    await house.settle();
    await house.call1.answer('x'.repeat(10_000));
    expect(await told).toBe('loaded');
    expect(house.engine.size(0)).toBeLessThanOrEqual(entries as number);
  });
});

test('the probe hears of every load, and of mass invalidations', async () => {
  house = new FillingHouse();
  const news: Omit<LoadNews, 'key' | 'tookMs'>[] = [];
  const mass: number[] = [];
  Object.assign(house.engine.core.probe, {
    loaded: ({ key: name, tookMs, ...rest }: LoadNews) => news.push({ ...rest }),
    massInvalidated: ({ died }: { died: number }) => mass.push(died),
  });
  await house.fill('a:1', 'v');
  void house.quiet('b:1');
  await house.settle();
  await house.call1.answer(DOWN);
  const db = house.engine.core.dbs.of(0);
  expect(news).toEqual([
    { db, family: 'a:{id}', quiet: false, outcome: 'loaded' },
    { db, family: 'b:{id}', quiet: true, outcome: 'failed' },
  ]);
  for (let i = 0; i < 200; i++) house.engine.set(0, key(`plain:${i}`), key('v'), { tags: [i < 150 ? 'many' : 'few'] });
  void house.engine.invalidateTags(['few']);
  void house.engine.invalidateTags(['many']);
  expect(mass).toEqual([150]);
  Object.assign(house.engine.core.probe, { loaded: undefined, massInvalidated: undefined });
});
