import { bytesOf } from '../../src/base/bytes';
import type { Engine } from '../../src/engine/engine';
import type { Follower } from '../../src/engine/followers';
import { NEVER } from '../../src/layers/layer';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';
import { familiesOf, familyOf, ManualOrigin } from './family';

/** Whoever follows a key is told in the moment of the change: before the operation returns, and without a turn of the loop. */

const origin = new ManualOrigin();
const families = familiesOf('user:', (key) =>
  familyOf('user:{id}', { tags: ['people'], ttlMs: 1_000, graceMs: 10_000, load: origin.loaderOf(key) }),
);
const key = bytesOf('k');
const value = bytesOf('v');

let world: ManualWorld;
let engine: Engine;
let heard: string[];
let seen: string[];
const follower: Follower = { noticed: (db, name) => heard.push(`${db}${name}`) };

beforeEach(() => {
  world = manualWorld();
  engine = buildEngine(world, { families, maxMemoryBytes: 4 << 20 });
  engine.start();
  heard = [];
  seen = [];
  engine.notices.begin();
  engine.notices.onlooker = { noticed: (db, name) => seen.push(`${db}${name}`), manyNoticed: () => seen.push('many') };
});

afterEach(() => {
  world.scheduler.settle();
  engine.notices.end();
  expect(engine.core.noticing).toBeNull();
  engine.audit();
});

function told(change: () => unknown): string[] {
  heard.length = seen.length = 0;
  engine.notices.track(0, key, follower);
  change();
  return heard;
}

test('writes, removals, expiry times', () => {
  expect(told(() => engine.set(0, key, value))).toEqual(['0k']);
  expect(told(() => engine.set(0, key, value))).toEqual(['0k']);
  expect(told(() => engine.expire(0, engine.locate(0, key) as number, NEVER))).toEqual(['0k']);
  expect(told(() => engine.copy(0, bytesOf('other'), 0, key, true))).toEqual([]);
  expect(told(() => engine.rename(0, key, 1, key, true))).toEqual(['0k']);
  expect(told(() => engine.remove(0, key))).toEqual([]);
  expect(told(() => engine.set(1, key, value))).toEqual([]);
  expect(seen).toEqual(['1k']);
  engine.set(0, key, value);
  expect(told(() => engine.remove(0, key))).toEqual(['0k']);
});

test('tags, hard and soft, and changes of tags', () => {
  const make = () => engine.set(0, key, value, { tags: ['t', 'u'] });
  make();
  expect(told(() => engine.invalidateTags(['other']))).toEqual([]);
  expect(told(() => engine.invalidateTags(['u']))).toEqual(['0k']);
  expect(seen).toEqual(['0k']);
  make();
  expect(told(() => engine.invalidate({ tags: ['t'], soft: true }))).toEqual(['0k']);
  make();
  expect(told(() => engine.tagAdd(0, key, ['w']))).toEqual(['0k']);
  expect(told(() => engine.tagAdd(0, key, ['w']))).toEqual([]);
  expect(told(() => engine.invalidateTags(['w']))).toEqual(['0k']);
  make();
  expect(told(() => engine.tagRemove(0, key, ['u']))).toEqual(['0k']);
  expect(told(() => engine.invalidateTags(['u']))).toEqual([]);
  expect(told(() => engine.invalidateTags(['t']))).toEqual(['0k']);
});

test('keys by name, and what depends on them', () => {
  engine.set(0, bytesOf('source'), value);
  engine.set(0, key, value, { sources: ['source'] });
  expect(told(() => engine.set(0, bytesOf('source'), value))).toEqual(['0k']);
  engine.set(0, key, value);
  engine.dependencyAdd(0, key, [bytesOf('source')]);
  expect(told(() => engine.invalidateKeys(0, [bytesOf('source')]))).toEqual(['0k']);
  engine.set(0, key, value);
  expect(told(() => engine.invalidateKeys(0, [key]))).toEqual(['0k']);
  expect(told(() => engine.invalidateKeys(0, [key]))).toEqual([]);
});

test('expiry, by whoever notices it first', () => {
  engine.set(0, key, value, { expiresAt: world.clock.now + 10 });
  expect(told(() => world.scheduler.advance(20))).toEqual([]);
  expect(told(() => engine.get(0, key))).toEqual(['0k']);
  engine.set(0, key, value, { expiresAt: world.clock.now + 10 });
  expect(
    told(() => {
      world.scheduler.advance(2_000);
      world.scheduler.settle();
    }),
  ).toEqual(['0k']);
});

test('the end of freshness, where a grace follows', () => {
  engine.set(0, key, value, { expiresAt: world.clock.now + 10, graceMs: 60_000 });
  expect(
    told(() => {
      world.scheduler.advance(2_000);
      world.scheduler.settle();
    }),
  ).toEqual(['0k']);
});

test('eviction', () => {
  engine.set(0, key, value);
  const filler = bytesOf(Buffer.alloc(256 * 1024));
  expect(
    told(() => {
      for (let i = 0; i < 20; i++) engine.set(0, bytesOf(`filler:${i}`), filler);
    }),
  ).toEqual(['0k']);
});

test('a fill by the loader', async () => {
  const user = bytesOf('user:1');
  const reply = engine.get(0, user);
  engine.notices.track(0, user, follower);
  origin.answer('loaded');
  await reply;
  expect(heard).toEqual(['0user:1']);
});

test('a flush and a swap are told as such', () => {
  let emptied = 0;
  engine.notices.emptied = () => emptied++;
  engine.set(0, key, value);
  expect(told(() => engine.flush(1))).toEqual([]);
  expect(emptied).toBe(1);
  engine.notices.track(0, key, follower);
  engine.swap(0, 1);
  expect(emptied).toBe(2);
  expect(engine.notices.tracked.size).toBe(0);
});

test('who hears of every key is told of a large tag at once', () => {
  for (let i = 0; i < 1001; i++) engine.set(0, bytesOf(`member:${i}`), value, { tags: ['large'] });
  seen.length = 0;
  engine.invalidateTags(['large']);
  expect(seen).toHaveLength(1001);
  expect(seen.at(-1)).toBe('many');
});

test('nobody cares: nothing is noted', () => {
  engine.notices.end();
  engine.notices.track(0, key, follower);
  engine.set(0, key, value);
  expect(heard).toEqual([]);
  expect(engine.core.changes.isHeld).toBe(false);
  engine.notices.begin();
});

test('what a command that waited has read is judged by what happened since', () => {
  engine.set(0, key, value, { tags: ['t'] });
  const { epoch } = engine;
  expect(engine.notices.isOvertaken(0, key, epoch)).toBe(false);
  engine.set(0, bytesOf('other'), value);
  expect(engine.notices.isOvertaken(0, key, epoch)).toBe(false);
  engine.set(0, key, value, { tags: ['t'] });
  expect(engine.notices.isOvertaken(0, key, epoch)).toBe(true);
  const later = engine.epoch;
  engine.invalidateTags(['t']);
  expect(engine.notices.isOvertaken(0, key, later)).toBe(true);
  expect(engine.notices.isOvertaken(0, bytesOf('nothing'), later)).toBe(true);
});
