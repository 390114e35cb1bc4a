import { bytesOf } from '../../src/base/bytes';
import type { Engine } from '../../src/engine/engine';
import { manualWorld } from '../support/manual-world';
import { buildEngine } from './build';

const world = manualWorld();
const key = bytesOf('k');
let engine: Engine;

beforeEach(() => {
  engine = buildEngine(world);
  engine.start();
});
afterEach(() => {
  world.scheduler.settle();
  engine.audit();
});

test('a tag that was invalidated after the entry was made kills it when it is added', () => {
  engine.set(0, key, bytesOf('old'));
  expect(engine.invalidateTags(['t'])).toBe(0);
  expect(engine.tagAdd(0, key, ['t'])).toBe(-1);
  expect(engine.get(0, key)).toBeNull();
});

test('a tag that was invalidated before is simply added', () => {
  engine.invalidateTags(['t']);
  engine.set(0, key, bytesOf('new'));
  expect(engine.tagAdd(0, key, ['t'])).toBe(1);
  expect(engine.tagsOf(0, key)).toEqual(['t']);
});

test('a changed value is as old as what it was made from, a new one is not', () => {
  engine.set(0, key, bytesOf('1'));
  engine.invalidateTags(['t']);
  engine.set(0, key, bytesOf('2'), { keepTies: true });
  expect(engine.tagAdd(0, key, ['t'])).toBe(-1);
  engine.set(0, key, bytesOf('3'));
  expect(engine.tagAdd(0, key, ['t'])).toBe(1);
});

test('a copy is as old as its original', () => {
  engine.set(0, key, bytesOf('1'));
  engine.invalidateTags(['t']);
  engine.copy(0, key, 0, bytesOf('copy'), true);
  expect(engine.tagAdd(0, bytesOf('copy'), ['t'])).toBe(-1);
});

test('tags that nobody carries are off the record once there is nothing that they could concern', () => {
  for (let i = 0; i < 100; i++) engine.invalidateTags([`t${i}`]);
  world.scheduler.advance(100);
  world.scheduler.settle();
  expect(engine.core.tags.stats().tags).toBe(0);
});
