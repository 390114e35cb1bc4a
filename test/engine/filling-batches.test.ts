import { Fault } from '../../src/base/fault';
import { failure } from '../../src/loaders/loader';
import { DOWN, FillingHouse, key } from './filling-house';

let house: FillingHouse;
const BATCH = { load: { batchKeysMax: 100 } };

afterEach(() => house.end());

function keysOf(count: number, prefix = 'a'): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
}

test('MGET of 100 misses is one call, and each key is stored', async () => {
  house = new FillingHouse(BATCH);
  const keys = keysOf(100);
  const values = house.mget(...keys);
  await house.settle();
  expect(house.calls.map((call) => call.keys)).toEqual([keys]);
  await house.call1.answer(...keys.map((name) => `of ${name}`));
  expect(await values).toEqual(keys.map((name) => `of ${name}`));
  expect(await house.get('a:99')).toBe('of a:99');
  expect(house.counters).toMatchObject({ loads: 100, loadCalls: 1 });
});

test('without a batch they run side by side', async () => {
  house = new FillingHouse({ loadsMax: 200 });
  const values = house.mget(...keysOf(100));
  expect(house.calls).toHaveLength(100);
  while (house.calls.length > 0) void house.call1.answer('v');
  expect(await values).toEqual(Array(100).fill('v'));
});

test('keys that several connections miss in one turn go together; those of another template and of the next turn do not', async () => {
  house = new FillingHouse(BATCH);
  const first = [house.get('a:1'), house.get('b:1'), house.get('a:2'), house.get('a:1')];
  await house.settle();
  const next = house.get('a:3');
  await house.settle();
  expect(house.calls.map((call) => call.keys)).toEqual([['a:1', 'a:2'], ['b:1'], ['a:3']]);
  await house.call1.answer('one', 'two');
  await house.call1.answer('b');
  await house.call1.answer('three');
  expect(await Promise.all(first)).toEqual(['one', 'b', 'two', 'one']);
  expect(await next).toBe('three');
});

test('load-batch-wait gathers for longer; a full call goes at once', async () => {
  house = new FillingHouse({ load: { batchKeysMax: 3 }, fill: { batchWaitMs: 5 } });
  const early = house.get('a:1');
  await house.settle();
  expect(house.calls).toHaveLength(0);
  const more = keysOf(4, 'a').map((name) => house.get(name));
  await house.settle();
  expect(house.calls.map((call) => call.keys)).toEqual([['a:1', 'a:0', 'a:2']]);
  await house.advance(5);
  expect(house.calls.map((call) => call.keys)).toEqual([['a:1', 'a:0', 'a:2'], ['a:3']]);
  await house.call1.answer('v');
  await house.call1.answer('v');
  expect(await Promise.all([early, ...more])).toEqual(Array(5).fill('v'));
});

test('one key of a batch fails, one is absent, one is found: each gets its own', async () => {
  house = new FillingHouse(BATCH);
  const [failed, absent, found] = [house.get('a:1'), house.get('a:2'), house.get('a:3')];
  await house.settle();
  await house.call1.answer(failure('no such column', false), { kind: 'absent' }, 'v');
  await expect(failed).rejects.toEqual(new Fault('ERR loader: no such column'));
  expect([await absent, await found]).toEqual([null, 'v']);
  expect(house.source('a')).toMatchObject({ calls: 1, keys: 3, failures: 1, lastFailure: 'no such column' });
});

test('each key of a batch keeps its own fence', async () => {
  house = new FillingHouse(BATCH);
  const both = [house.get('a:1'), house.get('a:2')];
  await house.settle();
  void house.engine.invalidateKeys(0, [key('a:1')]);
  const after = house.get('a:1');
  await house.settle();
  await house.call1.answer('old', 'right');
  expect(await Promise.all(both)).toEqual(['old', 'right']);
  expect(house.engine.locate(0, key('a:1'))).toBe(0);
  expect(house.engine.locate(0, key('a:2'))).not.toBe(0);
  await house.call1.answer('new');
  expect(await after).toBe('new');
});

test('what is invalidated while its call is in line is read afterwards, and needs no other call', async () => {
  house = new FillingHouse({ loadsMax: 1 });
  const first = house.get('a:1');
  const inLine = house.get('a:2');
  void house.engine.invalidateKeys(0, [key('a:2')]);
  const later = house.get('a:2');
  await house.call1.answer('one');
  await house.call1.answer('two');
  expect(await Promise.all([first, inLine, later])).toEqual(['one', 'two', 'two']);
  expect(house.asked).toEqual(['a:1', 'a:2']);
  expect(await house.get('a:2')).toBe('two');
});

test('two databases that miss one key ask for it once', async () => {
  house = new FillingHouse(BATCH);
  const zero = house.get('a:1');
  const one = Promise.resolve(house.engine.get(1, key('a:1')));
  await house.settle();
  expect(house.calls.map((call) => call.keys)).toEqual([['a:1']]);
  await house.call1.answer('v');
  expect(await zero).toBe('v');
  expect(await one).not.toBeNull();
  expect(house.engine.locate(1, key('a:1'))).not.toBe(0);
});

test('10,000 askers of one cold key are one load', async () => {
  house = new FillingHouse({ waitersMax: 10_000 });
  const readers = Array.from({ length: 10_000 }, () => house.get('a:1'));
  expect(house.calls).toHaveLength(1);
  await house.call1.answer('v');
  expect(new Set(await Promise.all(readers))).toEqual(new Set(['v']));
  expect(house.asked).toHaveLength(1);
  expect(house.counters.loadsCoalesced).toBe(9_999);
});

test('F60: with invalidations between them, at most one more load each', async () => {
  house = new FillingHouse();
  const readers: Promise<string | null>[] = [];
  for (let i = 0; i < 1_000; i++) {
    readers.push(house.get('a:1'));
    if (i % 250 === 249) void house.engine.invalidateKeys(0, [key('a:1')]);
  }
  while (house.calls.length > 0) await house.call1.answer('v');
  expect(await Promise.all(readers)).toEqual(Array(1_000).fill('v'));
  expect(house.asked.length).toBeLessThanOrEqual(1 + 4);
});

test('one source that hangs leaves calls for another', async () => {
  house = new FillingHouse({ loadsMax: 10, sources: [{ name: 'a', kind: 'http', callsMax: 4 }] });
  const stuck = keysOf(20).map((name) => house.get(name));
  expect(house.calls).toHaveLength(4);
  const other = house.get('b:1');
  expect(house.calls).toHaveLength(5);
  await house.calls[4]!.answer('quick');
  expect(await other).toBe('quick');
  expect(house.source('a')).toMatchObject({ running: 4, waiting: 16 });
  while (house.calls.length > 0) await house.call1.answer('late');
  expect(await Promise.all(stuck)).toEqual(Array(20).fill('late'));
});

test('who waits in line until the deadline is told so, and its place is free', async () => {
  house = new FillingHouse({ loadsMax: 1, fill: { deadlineMs: 1_000 } });
  const first = house.get('a:1');
  const second = house.get('a:2');
  await house.advance(1_000);
  await expect(second).rejects.toEqual(new Fault('ERR loader: timed out in line'));
  expect(house.engine.filling.stats).toMatchObject({ underWay: 1, waiters: 1 });
  await house.call1.answer('v');
  expect(await first).toBe('v');
});

test('a loader that never ends is given up, and what it says later is nothing', async () => {
  house = new FillingHouse({ fill: { deadlineMs: 1_000 } });
  const reader = house.get('a:1');
  const call = house.call1;
  await house.advance(2_000);
  await expect(reader).rejects.toEqual(new Fault('ERR loader: the loader did not end by its deadline'));
  await call.answer('late');
  expect(house.engine.locate(0, key('a:1'))).toBe(0);
  expect(house.engine.filling.stats).toMatchObject({ underWay: 0, waiters: 0 });
});

describe('MGET', () => {
  beforeEach(() => {
    house = new FillingHouse();
  });

  test('a key whose load failed is null while others are answered, and counted', async () => {
    house.engine.set(0, key('plain'), key('here'));
    const values = house.mget('plain', 'a:1', 'a:2');
    await house.call1.answer(DOWN);
    await house.call1.answer('v');
    expect(await values).toEqual(['here', null, 'v']);
    expect(house.counters.nullsForFailures).toBe(1);
  });

  test('if all failed, it is an error', async () => {
    const values = house.mget('a:1', 'a:2');
    await house.call1.answer(DOWN);
    await house.call1.answer(DOWN);
    await expect(values).rejects.toEqual(new Fault('ERR loader: connection refused'));
  });
});
