import fc from 'fast-check';
import { bytesOf, copyOf } from '../../src/base/bytes';
import type { InvalidationReport } from '../../src/engine/api';
import { NEVER } from '../../src/layers/layer';
import { manualWorld } from '../support/manual-world';
import { buildEngine } from './build';
import { familiesOf, familyOf, UNANSWERED } from './family';

/**
 * Soft, hard, grace and expiry against a plain model. Keys 'l…' have a loader, whose answers never come; so whatever is
 * served is what was set.
 */
interface Entry {
  value: string;
  staleAt: number;
  graceMs: number;
  tags: readonly string[];
  loads: boolean;
}

const FAMILIES = familiesOf('l', () => familyOf('l{id}', { load: UNANSWERED }));

class Model {
  readonly entries = new Map<string, Entry>();

  /** Fresh, stale, or lapsed; dead ones go. */
  servable(key: string, now: number): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined && entry.staleAt + entry.graceMs <= now) this.entries.delete(key);
    return this.entries.get(key);
  }

  live(key: string, now: number): Entry | undefined {
    const entry = this.servable(key, now);
    return entry === undefined || entry.staleAt > now || entry.loads ? entry : undefined;
  }

  /** Whether there was something. */
  invalidate(key: string, now: number, soft: boolean): 'died' | 'soft' | null {
    const entry = this.servable(key, now);
    if (entry === undefined) return null;
    if (soft && entry.loads && entry.graceMs > 0) {
      entry.staleAt = Math.min(entry.staleAt, now);
      return 'soft';
    }
    this.entries.delete(key);
    return 'died';
  }
}

const KEYS = ['l1', 'l2', 'l3', 'p1', 'p2'];
const TAGS = ['t', 'u', 'v'];
const key = fc.constantFrom(...KEYS);
const tags = fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 3 });
const graceMs = fc.constantFrom(0, 10, 60);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('set' as const), key, tags, graceMs, ttl: fc.constantFrom(0, 5, 40) }),
  },
  fc.record({
    op: fc.constant('tags' as const),
    tags,
    keys: fc.uniqueArray(key, { maxLength: 2 }),
    soft: fc.boolean(),
  }),
  fc.record({ op: fc.constant('remove' as const), key }),
  fc.record({ op: fc.constant('expire' as const), key, ms: fc.constantFrom(3, 30, NEVER) }),
  fc.record({ op: fc.constant('retag' as const), key, tags }),
  fc.record({ op: fc.constant('advance' as const), ms: fc.constantFrom(1, 5, 12, 70) }),
  fc.record({ op: fc.constant('jump' as const), ms: fc.constantFrom(1, 5, 12, 70) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

test('soft, hard, grace and expiry in any order come to what the plain model says', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const world = manualWorld();
      const engine = buildEngine(world, { families: FAMILIES, waitersMax: 100_000 });
      const model = new Model();
      let values = 0;
      engine.start();
      const settled = <T>(answer: T | Promise<T>): T | Promise<T> => {
        if (answer instanceof Promise) world.scheduler.settle();
        return answer;
      };
      const run = (each: Step): void => {
        const { now } = world.clock;
        switch (each.op) {
          case 'set': {
            const value = `v${++values}`;
            const staleAt = each.ttl === 0 ? NEVER : now + each.ttl;
            const loads = each.key.startsWith('l');
            model.entries.set(each.key, { value, staleAt, graceMs: each.graceMs, tags: each.tags, loads });
            const options = { expiresAt: staleAt, graceMs: each.graceMs, tags: each.tags };
            engine.set(0, bytesOf(each.key), bytesOf(value), options);
            break;
          }
          case 'tags': {
            const carriers = KEYS.filter((name) =>
              model.servable(name, now)?.tags.some((tag) => each.tags.includes(tag)),
            );
            const hit = new Set([...carriers, ...each.keys]);
            const outcomes = [...hit].map((name) => model.invalidate(name, now, each.soft));
            const expected = {
              invalidated: outcomes.filter((outcome) => outcome !== null).length,
              soft: outcomes.filter((outcome) => outcome === 'soft').length,
            };
            const request = { tags: each.tags, db: 0, keys: each.keys.map((name) => bytesOf(name)), soft: each.soft };
            // Before: a dry run says the same, where nothing has to be waited for.
            const dry = engine.invalidate({ ...request, dryRun: true });
            if (!(dry instanceof Promise)) expect(dry).toMatchObject(expected);
            const report = settled(engine.invalidate(request));
            if (!(report instanceof Promise)) expect(report as InvalidationReport).toMatchObject(expected);
            break;
          }
          case 'remove':
            expect(engine.remove(0, bytesOf(each.key))).toBe(model.live(each.key, now) !== undefined);
            model.entries.delete(each.key);
            break;
          case 'expire': {
            const entry = model.live(each.key, now);
            const slot = engine.locate(0, bytesOf(each.key)) as number;
            expect(slot !== 0).toBe(entry !== undefined);
            // What is stale, or was invalidated, has no new time: only what is plainly fresh is asked for here.
            if (entry === undefined || entry.staleAt <= now) break;
            entry.staleAt = now + each.ms;
            void engine.expire(0, slot, entry.staleAt);
            break;
          }
          case 'retag': {
            const entry = model.live(each.key, now);
            const slot = engine.locate(0, bytesOf(each.key)) as number;
            if (entry === undefined) break;
            const { tags: index, memory } = engine.core;
            // What such a tag does is in tagging.test.ts.
            if (each.tags.some((tag) => Math.max(index.hardEpoch(tag), index.softEpoch(tag)) > memory.fillEpoch(slot)))
              break;
            entry.tags = [...new Set([...entry.tags, ...each.tags])];
            void engine.tagAdd(0, bytesOf(each.key), each.tags);
            break;
          }
          case 'advance':
            world.scheduler.advance(each.ms);
            world.scheduler.settle();
            break;
          case 'jump':
            // Time passes, and nothing had a turn.
            world.clock.now += each.ms;
            break;
        }
      };
      const compare = (): void => {
        const { now } = world.clock;
        for (const name of KEYS) {
          const entry = model.live(name, now);
          const slot = engine.locate(0, bytesOf(name)) as number;
          expect([name, slot !== 0]).toEqual([name, entry !== undefined]);
          expect(engine.core.findServable(0, bytesOf(name)) !== 0).toBe(model.servable(name, now) !== undefined);
          if (entry === undefined) continue;
          expect(engine.expiresAt(slot)).toBe(Math.max(entry.staleAt, now));
          expect(engine.core.isFresh(slot)).toBe(entry.staleAt > now);
          expect(copyOf(engine.get(0, bytesOf(name)) as never).toString()).toBe(entry.value);
          expect(engine.tagsOf(0, bytesOf(name))).toEqual([...entry.tags].sort());
        }
        const size = engine.size(0);
        const live = KEYS.filter((name) => model.live(name, now) !== undefined);
        if (!(size instanceof Promise)) expect(size).toBe(live.length);
        const [, listed] = engine.tagKeys(0, 't', '0', 10) as [string, Buffer[]];
        expect(listed.map(String).sort()).toEqual(live.filter((name) => model.entries.get(name)!.tags.includes('t')));
      };
      for (const each of steps) {
        run(each);
        compare();
        engine.audit();
      }
      world.scheduler.settle();
      expect(engine.size(0)).toBe(KEYS.filter((name) => model.live(name, world.clock.now) !== undefined).length);
      engine.audit();
    }),
    { numRuns: 300 },
  );
});
