import type { Loaded } from '../../src/engine/families';
import { FillingHouse, key } from './filling-house';

let house: FillingHouse;
const ABSENT: Loaded = { kind: 'absent' };

beforeEach(() => {
  house = new FillingHouse({ fill: { negativeTtlMs: 5_000 }, family: { tags: ['people'], dependsOn: ['plain:9'] } });
});

afterEach(() => house.end());

async function loadNothing(more: Partial<Loaded & { kind: 'absent' }> = {}): Promise<void> {
  const read = house.get('a:1');
  await house.call1.answer({ ...ABSENT, ...more });
  expect(await read).toBeNull();
}

test('"there is no such thing" is remembered for its time, and is no entry', async () => {
  await loadNothing();
  expect(await house.get('a:1')).toBeNull();
  expect(house.calls).toHaveLength(0);
  expect(house.counters.negativeHits).toBe(1);
  expect(house.engine.countLive(0, [key('a:1')], false)).toBe(0);
  expect(house.engine.size(0)).toBe(0);
  await house.advance(5_000);
  void house.get('a:1');
  expect(house.calls).toHaveLength(1);
  await house.call1.answer('v');
});

test.each([
  ['its key', () => house.engine.invalidateKeys(0, [key('a:1')])],
  ['a tag of its template', () => house.engine.invalidateTags(['people'])],
  ['a tag, softly', () => house.engine.invalidate({ tags: ['people'], soft: true })],
  ['a source of its template', () => house.engine.invalidateKeys(0, [key('plain:9')])],
  ['a write of a source', () => house.engine.set(0, key('plain:9'), key('x'))],
  ['a flush', () => house.engine.flush(0)],
  ['a delete of it', () => house.engine.remove(0, key('a:1'))],
])('an invalidation of %s ends it', async (_name, invalidate) => {
  house.engine.set(0, key('plain'), key('x'));
  await loadNothing();
  void invalidate();
  const read = house.get('a:1');
  expect(house.calls).toHaveLength(1);
  await house.call1.answer('v');
  expect(await read).toBe('v');
});

test('an invalidation while it was being looked for ends it before it begins', async () => {
  const first = house.get('a:1');
  void house.engine.invalidateTags(['people']);
  await house.call1.answer(ABSENT);
  expect(await first).toBeNull();
  void house.get('a:1');
  expect(house.calls).toHaveLength(1);
  await house.call1.answer('v');
});

test('SET replaces it, and after DEL it is asked for', async () => {
  await loadNothing();
  house.engine.set(0, key('a:1'), key('set'));
  expect(await house.get('a:1')).toBe('set');
  void house.engine.remove(0, key('a:1'));
  void house.get('a:1');
  expect(house.calls).toHaveLength(1);
  await house.call1.answer(ABSENT);
});

test('the source may say how long', async () => {
  await loadNothing({ ttlMs: 50 });
  await house.advance(50);
  void house.get('a:1');
  expect(house.calls).toHaveLength(1);
  await house.call1.answer(ABSENT);
});

test('so many are remembered, not more', async () => {
  house = new FillingHouse({ fill: { negativeTtlMs: 5_000, negativeKeysMax: 2 } });
  for (const name of ['a:1', 'a:2', 'a:3']) {
    void house.get(name);
    await house.call1.answer(ABSENT);
  }
  expect(house.engine.filling.negatives.size).toBe(2);
  void house.get('a:1');
  expect(house.calls).toHaveLength(1);
  await house.call1.answer(ABSENT);
});

test('without negative-ttl every reader asks', async () => {
  house = new FillingHouse();
  for (let i = 0; i < 2; i++) {
    void house.get('a:1');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer(ABSENT);
  }
});
