import { bytesOf, copyOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import {
  type InvalidateRequest,
  type InvalidationReport,
  KEEP_TTL,
  type LeaseAnswer,
  type SetOptions,
  type Value,
} from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import type { Loaded } from '../../src/engine/families';
import { failure } from '../../src/loaders/loader';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';
import { familiesOf, familyOf, ManualOrigin } from './family';

const origin = new ManualOrigin();
/** Keys 'user:…' are loaded when the test says so, live a second and have a grace of ten. */
const families = familiesOf('user:', (key) =>
  familyOf('user:{id}', { tags: ['people'], ttlMs: 1_000, graceMs: 10_000, load: origin.loaderOf(key) }),
);

let world: ManualWorld;
let engine: Engine;
const user = bytesOf('user:1');

beforeEach(() => {
  world = manualWorld();
  origin.calls.length = 0;
  engine = buildEngine(world, { families });
  engine.start();
});

afterEach(() => {
  world.scheduler.settle();
  engine.audit();
});

function text(value: Value | null | Promise<Value | null>): string | null | 'waits' {
  if (value instanceof Promise) {
    value.catch(() => undefined);
    return 'waits';
  }
  return value === null ? null : copyOf(value).toString();
}

const get = (key = user) => text(engine.get(0, key));
const inval = (request: InvalidateRequest) => engine.invalidate(request) as InvalidationReport;

/** Until what follows from the answer is done. */
async function answer(loaded: Loaded | string): Promise<void> {
  origin.answer(loaded);
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

async function load(value: string): Promise<void> {
  expect(get()).toBe('waits');
  await answer(value);
  expect(get()).toBe(value);
}

test('an expired value is served while one load is under way, then the new one', async () => {
  await load('v1');
  world.scheduler.advance(1_500);
  expect([get(), get(), get()]).toEqual(['v1', 'v1', 'v1']);
  expect(origin.calls).toHaveLength(1);
  expect(engine.expiresAt(engine.locate(0, user) as number)).toBe(world.clock.now);
  expect(engine.size(0)).toBe(1);
  await answer('v2');
  expect(get()).toBe('v2');
  expect(origin.calls).toHaveLength(0);
  expect(engine.core.counters).toMatchObject({ staleHits: 3, refreshes: 1, loads: 2 });
});

test('its grace over, it is a miss like any other', async () => {
  await load('v1');
  world.scheduler.advance(10_999);
  expect(get()).toBe('v1');
  world.scheduler.advance(1);
  expect(get()).toBe('waits');
  expect(engine.size(0)).toBe(0);
  expect(engine.core.graces.size).toBe(0);
});

test('a refresh that fails leaves the stale value, and the next one waits a second', async () => {
  await load('v1');
  world.scheduler.advance(1_500);
  expect(get()).toBe('v1');
  await answer(failure('refused', true));
  expect(get()).toBe('v1');
  expect(origin.calls).toHaveLength(0);
  world.scheduler.advance(2_000);
  expect(get()).toBe('v1');
  expect(origin.calls).toHaveLength(1);
  await answer('v2');
  expect(get()).toBe('v2');
  expect(engine.core.counters.refreshFailures).toBe(1);
});

test('what the origin no longer has is gone', async () => {
  await load('v1');
  world.scheduler.advance(1_500);
  expect(get()).toBe('v1');
  await answer({ kind: 'absent' });
  expect(engine.locate(0, user)).toBe(0);
});

test.each([
  ['its key', () => engine.invalidateKeys(0, [user])],
  ['its tag', () => engine.invalidateTags(['people'])],
])('hard, through %s, ends the grace, and a refresh under way with it', async (_name, invalidate) => {
  await load('v1');
  world.scheduler.advance(1_500);
  expect(get()).toBe('v1');
  invalidate();
  expect(get()).toBe('waits');
  expect(origin.calls).toHaveLength(2);
  await answer('old');
  expect(get()).toBe('waits');
  expect(engine.locate(0, user)).toBe(0);
  await answer('new');
  expect(get()).toBe('new');
});

test.each([
  ['tag', { tags: ['people'] }],
  ['key', { db: 0, keys: [user] }],
])('soft, through a %s: stale for its grace from that moment on; soft again changes nothing', async (_name, what) => {
  await load('v1');
  world.scheduler.advance(500);
  expect(inval({ ...what, soft: true })).toMatchObject({ invalidated: 1, soft: 1, exact: true });
  expect(get()).toBe('v1');
  expect(origin.calls).toHaveLength(1);
  world.scheduler.advance(5_000);
  expect(inval({ ...what, soft: true })).toMatchObject({ invalidated: 1, soft: 1 });
  world.scheduler.advance(4_999);
  expect(get()).toBe('v1');
  world.scheduler.advance(1);
  expect(get()).toBe('waits');
});

test('hard after soft kills; soft after hard brings nothing back', async () => {
  await load('v1');
  inval({ tags: ['people'], soft: true });
  expect(get()).toBe('v1');
  expect(inval({ tags: ['people'] })).toMatchObject({ invalidated: 1, soft: 0 });
  expect(inval({ tags: ['people'], soft: true })).toMatchObject({ invalidated: 0, soft: 0 });
  expect(get()).toBe('waits');
});

test('soft leaves nothing of what has no grace, or no loader', () => {
  engine.set(0, bytesOf('a'), bytesOf('1'), { tags: ['t'] });
  engine.set(0, bytesOf('b'), bytesOf('2'), { tags: ['t'], graceMs: 1_000 });
  expect(inval({ tags: ['t'], soft: true })).toMatchObject({ invalidated: 2, soft: 0 });
  expect([get(bytesOf('a')), get(bytesOf('b'))]).toEqual([null, null]);
});

test('a load that a soft invalidation overtook is stored as stale, one of a key without grace is not', async () => {
  expect(get()).toBe('waits');
  inval({ tags: ['people'], soft: true });
  await answer('v1');
  expect(get()).toBe('v1');
  expect(origin.calls).toHaveLength(1);
  await answer('v2');
  expect(get()).toBe('v2');
  expect(origin.calls).toHaveLength(0);
});

test('with a stagger each becomes stale at a moment of its own', async () => {
  const keys = Array.from({ length: 40 }, (_, id) => bytesOf(`user:${id}`));
  for (const key of keys) engine.set(0, key, bytesOf('v'), { expiresAt: world.clock.now + 100_000 });
  expect(inval({ tags: ['people'], soft: true, staggerMs: 1_000 })).toMatchObject({ invalidated: 40, soft: 40 });
  const stale: number[] = [];
  for (let at = 0; at < 4; at++) {
    stale.push(keys.filter((key) => !engine.core.isFresh(engine.locate(0, key) as number)).length);
    world.scheduler.advance(333);
  }
  expect(stale[0]).toBeLessThan(10);
  expect(stale[1]! - stale[0]!).toBeGreaterThan(3);
  expect(stale[2]! - stale[1]!).toBeGreaterThan(3);
  world.scheduler.advance(1);
  expect(keys.every((key) => !engine.core.isFresh(engine.locate(0, key) as number))).toBe(true);
});

test('of very many carriers each is judged when it is looked at, before slices came to it', () => {
  const keys = Array.from({ length: 2_000 }, (_, id) => bytesOf(`user:${id}`));
  for (const key of keys) engine.set(0, key, bytesOf('v'), { expiresAt: world.clock.now + 100_000 });
  expect(inval({ tags: ['people'], soft: true })).toMatchObject({ invalidated: 2_000, soft: 2_000, exact: false });
  expect(engine.core.graces.settled).toBe(false);
  engine.set(0, keys[7]!, bytesOf('new'), { expiresAt: world.clock.now + 100_000 });
  expect(keys.filter((key) => engine.core.isFresh(engine.locate(0, key) as number))).toEqual([keys[7]]);
  world.scheduler.settle();
  expect(engine.core.graces.settled).toBe(true);
  expect(keys.filter((key) => engine.core.isFresh(engine.locate(0, key) as number))).toEqual([keys[7]]);
  world.scheduler.advance(10_001);
  world.scheduler.settle();
  expect(engine.size(0)).toBe(1);
});

test('a new expiry does not make fresh what was invalidated', () => {
  engine.set(0, user, bytesOf('v'), { expiresAt: world.clock.now + 100_000 });
  inval({ db: 0, keys: [user], soft: true });
  const slot = engine.locate(0, user) as number;
  engine.expire(0, slot, world.clock.now + 1_000_000);
  expect(engine.core.isFresh(slot)).toBe(false);
  world.scheduler.advance(10_000);
  expect(engine.locate(0, user)).toBe(0);
});

test('what lapsed without a loader is there for leases only, until something kills it', () => {
  const key = bytesOf('a');
  const put = () => engine.set(0, key, bytesOf('1'), { expiresAt: world.clock.now + 10, graceMs: 100, tags: ['t'] });
  for (const kill of [
    () => engine.remove(0, key),
    () => engine.invalidateKeys(0, [key]),
    () => engine.invalidateTags(['t']),
    () => engine.set(0, key, bytesOf('2')),
    () => world.scheduler.advance(100),
  ]) {
    put();
    world.scheduler.advance(20);
    expect(get(key)).toBeNull();
    expect(engine.size(0)).toBe(0);
    expect(engine.core.findServable(0, key)).toBeGreaterThan(0);
    kill();
    expect(engine.core.findServable(0, key)).toBe(engine.locate(0, key));
    world.scheduler.settle();
    expect(engine.core.graces.size).toBe(0);
    engine.audit();
  }
});

test('a copy of a stale value is stale', () => {
  engine.set(0, user, bytesOf('v'), { expiresAt: world.clock.now + 100_000 });
  inval({ db: 0, keys: [user], soft: true });
  engine.copy(0, user, 0, bytesOf('user:2'), true);
  expect(get(bytesOf('user:2'))).toBe('v');
  expect(origin.calls.map(({ key }) => key)).toEqual(['user:2']);
});

test('a report says what reloading costs', async () => {
  expect(get()).toBe('waits');
  world.clock.now += 40;
  await answer('v1');
  const { bytes, reloadUs, byLayer } = inval({ tags: ['people'], dryRun: true });
  expect(reloadUs).toBeGreaterThanOrEqual(40_000);
  expect(reloadUs).toBeLessThan(41_000);
  expect(bytes).toBeGreaterThan(8);
  expect(byLayer).toEqual({ memory: 1, disk: 0 });
  expect(get()).toBe('v1');
});

test('of many dead a report is a sample at once, and exact with sync', async () => {
  for (const sync of [false, true]) {
    for (let i = 0; i < 3_000; i++) engine.set(0, bytesOf(`k${i}`), bytesOf('v'), { tags: ['t'] });
    const dry = engine.invalidate({ tags: ['t'], dryRun: true });
    world.scheduler.settle();
    expect(await dry).toMatchObject({ invalidated: 3_000, byLayer: { memory: 3_000 }, exact: true });
    const report = engine.invalidate({ tags: ['t'], sync });
    expect(report instanceof Promise).toBe(sync);
    world.scheduler.settle();
    expect(await report).toMatchObject({ invalidated: 3_000, byLayer: { memory: 3_000, disk: 0 }, exact: sync });
    const share = (await report).bytes / (await dry).bytes;
    expect(Math.abs(share - 1)).toBeLessThan(sync ? 1e-9 : 0.05);
    expect(engine.core.memory.records.used).toBe(0);
  }
});

test('a refused limit leaves everything as it is', () => {
  engine.set(0, user, bytesOf('v'));
  const attempt = (): unknown => {
    try {
      return engine.invalidate({ tags: ['people'], limit: 0 });
    } catch (refused) {
      return refused;
    }
  };
  expect(attempt()).toEqual(new Fault('ERR 1 entry would be invalidated, more than LIMIT 0; nothing was'));
  expect(get()).toBe('v');
  expect(inval({ tags: ['people'], limit: 1 }).invalidated).toBe(1);
});

test('LEASE of a stale value: one client gets the token, and it is void once a tag of the value is invalidated', () => {
  set(engine, 'k', { graceMs: 10_000, tags: ['t'], expiresAt: world.clock.now + 1_000 });
  world.scheduler.advance(1_500);
  const k = bytesOf('k');
  const first = engine.lease(1, 0, k, undefined, 0) as LeaseAnswer;
  expect(first).toMatchObject({ state: 'stale', token: expect.any(String) });
  expect(engine.lease(2, 0, k, undefined, 0)).toMatchObject({ state: 'stale', token: null });
  engine.invalidateTags(['t']);
  expect(engine.set(0, k, bytesOf('new'), { lease: first.token!, tags: ['other'] })).toBe(false);
  expect(engine.lease(2, 0, k, undefined, 0)).toMatchObject({ state: 'won', value: null });
});

test('a rule kills what has a grace', async () => {
  engine.ruleAdd({ name: 'r', on: ['trigger'], invalidate: ['people'], soft: false, priority: 0 });
  await load('v1');
  expect(engine.invalidateTags(['trigger'])).toBe(1);
  expect(get()).toBe('waits');
});

test('a change that pushes out the entry it changes keeps its grace', () => {
  const k = bytesOf('k');
  set(engine, 'k', { graceMs: 10_000, tags: ['t'], expiresAt: world.clock.now + 1_000 }, 'x'.repeat(20_000));
  engine.core.memory.setMaxMemory(engine.core.memory.usedBytes + 1000);
  engine.set(0, k, bytesOf('y'.repeat(20_001)), { keepTies: true, expiresAt: KEEP_TTL });
  expect(engine.core.counters.evicted).toBe(1);
  expect(engine.tagsOf(0, k)).toEqual(['t']);
  expect(engine.expiresAt(engine.locate(0, k) as number)).toBe(world.clock.now + 1_000);
  world.scheduler.advance(1_500);
  expect(engine.lease(1, 0, k, undefined, 0)).toMatchObject({ state: 'stale' });
});

test('softly invalidated by name and as a dependent: one entry, counted once', async () => {
  await load('v1');
  const other = bytesOf('user:2');
  expect(text(engine.get(0, other))).toBe('waits');
  await answer('v1');
  engine.dependencyAdd(0, other, [user]);
  const request = { db: 0, keys: [user, other], soft: true };
  const dry = inval({ ...request, dryRun: true });
  const real = inval(request);
  expect([dry.invalidated, dry.soft]).toEqual([2, 2]);
  expect([real.invalidated, real.soft]).toEqual([2, 2]);
});

function set(to: Engine, key: string, options: SetOptions, value = 'v1'): void {
  expect(to.set(0, bytesOf(key), bytesOf(value), options)).toBe(true);
}
