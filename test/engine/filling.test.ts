import { bytesOf, copyOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { Value } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import { failure } from '../../src/loaders/loader';
import { manualWorld } from '../support/manual-world';
import { buildEngine } from './build';
import { familiesOf, familyOf, ManualOrigin } from './family';

let origin: ManualOrigin;
/** What the template of keys 'user:…' says, if the test wants it to say something. */
let template: { tags?: string[]; dependsOn?: string[] };
let engine: Engine;
const world = manualWorld();
const user = bytesOf('user:1');

beforeEach(() => {
  origin = new ManualOrigin();
  template = {};
  const families = familiesOf('user:', (key) =>
    familyOf('user:{id}', { ttlMs: 1000, load: origin.loaderOf(key), ...template }),
  );
  engine = buildEngine(world, { families, loadsMax: 2, waitersMax: 5 });
});

afterEach(() => engine.audit());

async function text(value: Value | null | Promise<Value | null>): Promise<string | null> {
  const given = await value;
  return given === null ? null : copyOf(given).toString();
}

async function get(key = user) {
  return text(engine.get(0, key));
}

test('a miss reads through, once however many ask, and is stored with the ttl of its template', async () => {
  const readers = [get(), get(), get()];
  expect(origin.calls).toHaveLength(1);
  origin.answer('v1');
  expect(await Promise.all(readers)).toEqual(['v1', 'v1', 'v1']);
  expect(await get()).toBe('v1');
  expect(engine.expiresAt(engine.locate(0, user) as number)).toBe(world.clock.now + 1000);
  expect(engine.core.counters.loadsCoalesced).toBe(2);
});

test('a key without a template is a plain miss', () => {
  expect(engine.get(0, bytesOf('other'))).toBeNull();
});

test.each([
  ['its key', () => engine.invalidateKeys(0, [user])],
  ['a tag of its template', () => engine.invalidateTags(['people'])],
  ['a source of its template', () => engine.invalidateKeys(0, [bytesOf('org:9')])],
  ['a write of a source', () => engine.set(0, bytesOf('org:9'), bytesOf('x'))],
  ['a delete of its key', () => engine.remove(0, user)],
])('a load that overlaps an invalidation of %s is not stored, nor joined afterwards', async (_name, invalidate) => {
  template.tags = ['people'];
  template.dependsOn = ['org:9'];
  const before = get();
  invalidate();
  const after = get();
  expect(origin.calls).toHaveLength(2);
  origin.answer('old');
  expect(await before).toBe('old');
  expect(engine.locate(0, user)).toBe(0);
  origin.answer('new');
  expect(await after).toBe('new');
  expect(await get()).toBe('new');
  expect(engine.core.counters.fencedFills).toBe(1);
});

test.each([
  ['tag', { tags: ['late'] }, () => engine.invalidateTags(['late'])],
  ['source', { sources: ['s'] }, () => engine.invalidateKeys(0, [bytesOf('s')])],
])('a %s that only the answer names is judged when it is there', async (_name, more, invalidate) => {
  const before = get();
  invalidate();
  const after = get();
  expect(origin.calls).toHaveLength(1);
  origin.answer('old', more);
  expect(await before).toBe('old');
  expect(engine.locate(0, user)).toBe(0);
  expect(origin.calls).toHaveLength(1);
  origin.answer('new', more);
  expect(await after).toBe('new');
});

test('who came between two invalidations is not given what both overtook', async () => {
  template.tags = ['known'];
  const first = get();
  engine.invalidateTags(['late']);
  const between = get();
  engine.invalidateTags(['known']);
  origin.answer('old', { tags: ['late'] });
  expect(await first).toBe('old');
  origin.answer('new', { tags: ['late'] });
  expect(await between).toBe('new');
});

test('a load begun for a database id between two lives of it is overtaken by the flush that gives it out again', async () => {
  const flush = () => {
    engine.set(0, bytesOf('other'), bytesOf('v'));
    engine.flush(0);
    world.scheduler.settle();
  };
  const first = get();
  engine.invalidateTags(['late']);
  const second = get();
  flush();
  origin.answer('old', { tags: ['late'] });
  expect(await first).toBe('old');
  await Promise.resolve();
  expect(origin.calls).toHaveLength(1);
  flush();
  const third = get();
  expect(origin.calls).toHaveLength(2);
  origin.answer('between');
  expect(await second).toBe('between');
  origin.answer('new');
  expect(await third).toBe('new');
  expect(await get()).toBe('new');
});

test('a write during a load wins, and is not replaced by it', async () => {
  const reader = get();
  engine.set(0, user, bytesOf('written'));
  origin.answer('loaded');
  expect(await reader).toBe('loaded');
  expect(await get()).toBe('written');
});

test('absence is null and not stored; a failure is an error for everybody who waited, and the next one asks again', async () => {
  const readers = [get(), get()];
  origin.answer({ kind: 'absent' });
  expect(await Promise.all(readers)).toEqual([null, null]);
  const failing = [get(), get()];
  origin.answer(failure('refused', true));
  for (const result of await Promise.allSettled(failing)) {
    expect(result).toEqual({ status: 'rejected', reason: new Fault('ERR loader: refused') });
  }
  void get();
  expect(origin.calls).toHaveLength(1);
});

test('loads beyond the limit wait in line; readers beyond theirs are refused', async () => {
  const readers = [1, 2, 3].map((id) => get(bytesOf(`user:${id}`)));
  expect(origin.calls.map(({ key }) => key)).toEqual(['user:1', 'user:2']);
  origin.answer('one');
  expect(await readers[0]).toBe('one');
  expect(origin.calls.map(({ key }) => key)).toEqual(['user:2', 'user:3']);
  const more = [4, 5, 6].map((id) => get(bytesOf(`user:${id}`)));
  await expect(get(bytesOf('user:7'))).rejects.toEqual(
    new Fault('ERR loader: too many readers are waiting (load-waiters-max)'),
  );
  for (let left = 5; left > 0; left--) {
    origin.answer('more');
    await Promise.resolve();
  }
  expect(await Promise.all([...readers.slice(1), ...more])).toEqual(Array(5).fill('more'));
});

test('a flushed database gets nothing from a load that began before', async () => {
  engine.set(0, bytesOf('x'), bytesOf('y'));
  const reader = get();
  void engine.flush(0);
  origin.answer('old');
  expect(await reader).toBe('old');
  expect(engine.locate(0, user)).toBe(0);
  world.scheduler.settle();
});
