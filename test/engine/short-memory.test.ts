import { bytesOf } from '../../src/base/bytes';
import { KEEP_TTL } from '../../src/engine/api';
import { manualWorld } from '../support/manual-world';
import { buildEngine } from './build';

const k = bytesOf('k');
const TTL_MS = 1000;

/** Memory for one large value and hardly more: a second one pushes the first one out. */
function shortEngine(graceMs = 0) {
  const world = manualWorld();
  const engine = buildEngine(world, { maxMemoryBytes: 100_000 });
  engine.set(0, k, bytesOf('x'.repeat(20_000)), {
    tags: ['t'],
    sources: ['s'],
    expiresAt: world.clock.now + TTL_MS,
    graceMs,
  });
  engine.core.memory.setMaxMemory(engine.core.memory.usedBytes + 1000);
  return { world, engine };
}

test.each([0, 500])(
  'a change that pushes out the very entry it changes keeps what that carried, grace %d',
  (graceMs) => {
    const { world, engine } = shortEngine(graceMs);
    engine.set(0, k, bytesOf('y'.repeat(20_001)), { keepTies: true, expiresAt: KEEP_TTL });
    expect(engine.core.counters.evicted).toBe(1);
    expect(engine.tagsOf(0, k)).toEqual(['t']);
    expect(engine.core.graces.graceMsOf(engine.locate(0, k) as number)).toBe(graceMs);
    expect(engine.dependencies(0, k, 'up', 1).map(({ key }) => key)).toEqual(['s']);
    expect(engine.expiresAt(engine.locate(0, k) as number)).toBe(world.clock.now + TTL_MS);
    engine.audit();
    expect(engine.invalidateTags(['t'])).toBe(1);
  },
);

test('it keeps its tags and its grace too, where it has one', () => {
  const { world, engine } = shortEngine();
  const graceMs = 500;
  engine.set(0, k, bytesOf('x'.repeat(20_000)), { tags: ['t'], graceMs, expiresAt: world.clock.now + TTL_MS });
  engine.core.memory.setMaxMemory(engine.core.memory.usedBytes + 500);
  const { evicted } = engine.core.counters;
  engine.set(0, k, bytesOf('y'.repeat(20_001)), { keepTies: true, expiresAt: KEEP_TTL });
  expect(engine.core.counters.evicted).toBe(evicted + 1);
  expect(engine.tagsOf(0, k)).toEqual(['t']);
  expect(engine.core.graces.graceMsOf(engine.locate(0, k) as number)).toBe(graceMs);
  expect(engine.expiresAt(engine.locate(0, k) as number)).toBe(world.clock.now + TTL_MS);
  engine.audit();
});

test('SET KEEPTTL keeps the expiry of the entry it pushes out, and nothing else', () => {
  const { world, engine } = shortEngine();
  engine.set(0, k, bytesOf('y'.repeat(20_001)), { expiresAt: KEEP_TTL });
  expect(engine.tagsOf(0, k)).toEqual([]);
  expect(engine.expiresAt(engine.locate(0, k) as number)).toBe(world.clock.now + TTL_MS);
  engine.audit();
});
