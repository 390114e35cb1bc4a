import fc from 'fast-check';
import { bytesOf, copyOf } from '../../src/base/bytes';
import type { Engine } from '../../src/engine/engine';
import { NEVER } from '../../src/layers/layer';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';

/** What the engine must behave like, said as plainly as possible. */
class Model {
  readonly entries = new Map<string, { value: string; expiresAt: number; tags: Set<string>; madeAt: number }>();
  /** When each tag was last invalidated, counted in invalidations. */
  readonly invalidatedAt = new Map<string, number>();
  moment = 0;
  /** source -> dependents */
  readonly edges = new Map<string, Set<string>>();

  live(key: string, now: number) {
    const entry = this.entries.get(key);
    if (entry !== undefined && entry.expiresAt <= now) this.entries.delete(key);
    return this.entries.get(key);
  }

  /** Kills all that depends on the sources; how many lived. */
  cascade(sources: Iterable<string>, now: number): number {
    const seen = new Set(sources);
    let died = 0;
    for (const source of seen) {
      for (const dependent of this.edges.get(source) ?? []) {
        if (seen.has(dependent)) continue;
        seen.add(dependent);
        if (this.live(dependent, now)) died++;
        this.entries.delete(dependent);
      }
    }
    return died;
  }

  reaches(from: string, to: string): boolean {
    if (from === to) return true;
    return [...(this.edges.get(from) ?? [])].some((next) => this.reaches(next, to));
  }
}

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const key = fc.constantFrom(...KEYS);
const tag = fc.constantFrom('t', 'u', 'v');
const tags = fc.uniqueArray(tag, { maxLength: 3 });

const step = fc.oneof(
  fc.record({ op: fc.constant('set' as const), key, tags, ttl: fc.constantFrom(0, 0, 5, 50), value: fc.string() }),
  fc.record({ op: fc.constant('remove' as const), key }),
  fc.record({ op: fc.constant('tagAdd' as const), key, tags }),
  fc.record({ op: fc.constant('tagRemove' as const), key, tags }),
  fc.record({ op: fc.constant('invalidateTags' as const), tags: fc.array(tag, { minLength: 1, maxLength: 3 }) }),
  fc.record({ op: fc.constant('invalidateKeys' as const), key }),
  fc.record({ op: fc.constant('depend' as const), key, source: key }),
  fc.record({ op: fc.constant('undepend' as const), key, source: key }),
  fc.record({ op: fc.constant('copy' as const), key, source: key }),
  fc.record({ op: fc.constant('rename' as const), key, source: key }),
  fc.record({ op: fc.constant('flush' as const) }),
  fc.record({ op: fc.constant('advance' as const), ms: fc.constantFrom(1, 7, 60) }),
  fc.record({ op: fc.constant('turn' as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** The answer; if it waits for background work, that work is done first. */
async function ask<T>(world: ManualWorld, value: T | Promise<T>): Promise<T> {
  if (value instanceof Promise) world.scheduler.settle();
  return value;
}

/** Runs one step on both and returns both answers. */
async function both(engine: Engine, model: Model, world: ManualWorld, step: Step): Promise<[unknown, unknown]> {
  const now = world.clock.now;
  switch (step.op) {
    case 'set': {
      const expiresAt = step.ttl === 0 ? NEVER : now + step.ttl;
      model.entries.set(step.key, { value: step.value, expiresAt, tags: new Set(step.tags), madeAt: model.moment });
      model.cascade([step.key], now);
      const value = bytesOf(Buffer.from(step.value));
      return [engine.set(0, bytesOf(step.key), value, { expiresAt, tags: step.tags }), true];
    }
    case 'remove': {
      const lived = model.live(step.key, now) !== undefined;
      model.entries.delete(step.key);
      model.cascade([step.key], now);
      return [await ask(world, engine.remove(0, bytesOf(step.key))), lived];
    }
    case 'tagAdd':
    case 'tagRemove': {
      const entry = model.live(step.key, now);
      if (
        step.op === 'tagAdd' &&
        entry !== undefined &&
        step.tags.some((each) => (model.invalidatedAt.get(each) ?? 0) > entry.madeAt)
      ) {
        model.entries.delete(step.key);
        model.cascade([step.key], now);
        return [await ask(world, engine.tagAdd(0, bytesOf(step.key), step.tags)), -1];
      }
      const before = entry?.tags.size ?? 0;
      for (const each of step.tags) step.op === 'tagAdd' ? entry?.tags.add(each) : entry?.tags.delete(each);
      const expected = entry === undefined ? -2 : Math.abs(entry.tags.size - before);
      const run = step.op === 'tagAdd' ? engine.tagAdd : engine.tagRemove;
      return [await ask(world, run.call(engine, 0, bytesOf(step.key), step.tags)), expected];
    }
    case 'invalidateTags': {
      model.moment++;
      for (const each of step.tags) model.invalidatedAt.set(each, model.moment);
      const hit = KEYS.filter((each) => step.tags.some((t) => model.live(each, now)?.tags.has(t)));
      for (const each of hit) model.entries.delete(each);
      const cascaded = model.cascade(hit, now);
      return [await ask(world, engine.invalidateTags(step.tags)), hit.length + cascaded];
    }
    case 'invalidateKeys': {
      const lived = model.live(step.key, now) === undefined ? 0 : 1;
      model.entries.delete(step.key);
      return [await ask(world, engine.invalidateKeys(0, [bytesOf(step.key)])), lived + model.cascade([step.key], now)];
    }
    case 'depend': {
      const dependents = model.edges.get(step.source) ?? new Set();
      const closes = model.reaches(step.key, step.source);
      const expected = closes ? 'cycle' : dependents.has(step.key) ? 0 : 1;
      if (!closes) model.edges.set(step.source, dependents.add(step.key));
      try {
        return [engine.dependencyAdd(0, bytesOf(step.key), [bytesOf(step.source)]), expected];
      } catch {
        return ['cycle', expected];
      }
    }
    case 'undepend': {
      const expected = model.edges.get(step.source)?.delete(step.key) ? 1 : 0;
      return [engine.dependencyRemove(0, bytesOf(step.key), [bytesOf(step.source)]), expected];
    }
    case 'copy':
    case 'rename': {
      const from = model.live(step.source, now);
      const same = step.source === step.key;
      if (from !== undefined && !same) {
        model.entries.set(step.key, { ...from, tags: new Set(from.tags) });
        model.cascade([step.key], now);
        if (step.op === 'rename') {
          model.entries.delete(step.source);
          model.cascade([step.source], now);
        }
      }
      const [source, target] = [bytesOf(step.source), bytesOf(step.key)];
      if (same) return [0, 0];
      if (step.op === 'copy') return [await ask(world, engine.copy(0, source, 0, target, true)), from !== undefined];
      return [await ask(world, engine.rename(0, source, 0, target, true)), from === undefined ? 'missing' : 'ok'];
    }
    case 'flush':
      model.entries.clear();
      await ask(world, engine.flush(0));
      return [0, 0];
    case 'advance':
      world.scheduler.advance(step.ms);
      return [0, 0];
    case 'turn':
      world.scheduler.settle();
      return [0, 0];
  }
}

async function compare(engine: Engine, model: Model, world: ManualWorld): Promise<void> {
  const { now } = world.clock;
  for (const name of KEYS) {
    const value = await ask(world, engine.get(0, bytesOf(name)));
    const entry = model.live(name, now);
    expect(value === null ? null : copyOf(value).toString()).toBe(entry?.value ?? null);
    expect(await ask(world, engine.tagsOf(0, bytesOf(name)))).toEqual(
      entry === undefined ? null : [...entry.tags].sort(),
    );
  }
  const live = KEYS.filter((name) => model.live(name, now) !== undefined);
  const [, listed] = await ask(world, engine.tagKeys(0, 't', '0', 10));
  expect(listed.map(String).sort()).toEqual(live.filter((name) => model.live(name, now)!.tags.has('t')));
}

test('any sequence of operations leaves the engine as the plain model says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = manualWorld();
      const engine = buildEngine(world);
      const model = new Model();
      engine.start();
      for (const each of steps) {
        const [answer, expected] = await both(engine, model, world, each);
        expect({ step: each, answer }).toEqual({ step: each, answer: expected });
        await compare(engine, model, world);
      }
      world.scheduler.settle();
      engine.audit();
      expect(await ask(world, engine.size(0))).toBe(KEYS.filter((name) => model.live(name, world.clock.now)).length);
    }),
    { numRuns: 400 },
  );
});
