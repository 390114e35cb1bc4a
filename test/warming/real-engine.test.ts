import { bytesOf } from '../../src/base/bytes';
import type { Engine } from '../../src/engine/engine';
import type { Families } from '../../src/engine/families';
import { failure, type LoadResult } from '../../src/loaders/loader';
import { houseOf } from '../../src/warming/assemble';
import { Warming } from '../../src/warming/warming';
import { buildEngine } from '../engine/build';
import { loadedBy } from '../engine/family';
import { manualWorld } from '../support/manual-world';
import { LIMITS, task } from './fake-house';

/** Warming over the real engine, in a world whose time the test moves: every call of the origin has its moment. */
class Node {
  readonly world = manualWorld();
  readonly calls: { key: string; atMs: number }[] = [];
  answer: (key: string) => LoadResult = (key) => ({ kind: 'value', value: Buffer.from(`v-${key}`) });
  tookMs = 5;
  readonly engine: Engine;
  readonly warming: Warming;

  constructor(rateMin = 20, tasks = [task('loop', { keys: ['user:{1..200}'], everyMs: 500, force: true })]) {
    const families: Families = {
      any: true,
      match: (key) =>
        key.startsWith('user:')
          ? {
              name: 'user:{id}',
              tags: ['user'],
              dependsOn: [],
              ttlMs: 60_000,
              jitter: 0,
              onDisk: true,
              diskMinTtlMs: 0,
              diskMaxValueBytes: 1e6,
              fence: false,
              load: loadedBy(() => this.load(key)),
            }
          : null,
    };
    const { world } = this;
    this.engine = buildEngine(world, { families, loadsMax: 64 });
    this.warming = new Warming({
      world,
      house: houseOf(this.engine),
      background: this.engine.background,
      limits: { ...LIMITS, rateMin, share: 0.0001, concurrencyMax: 16 },
      tasks,
      known: { template: () => undefined, templates: [], lists: [], databases: 16 },
      lists: new Map(),
      template: () => undefined,
    });
  }

  async start(): Promise<this> {
    await this.warming.open(null);
    this.engine.start();
    return this;
  }

  private load(key: string): Promise<LoadResult> {
    this.calls.push({ key, atMs: this.world.clock.now });
    const result = this.answer(key);
    return new Promise((done) => this.world.scheduler.after(this.tookMs, () => done(result)));
  }

  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.world.scheduler.advance(10);
      for (let i = 0; i < 3; i++) {
        this.world.scheduler.turn();
        for (let j = 0; j < 10; j++) await Promise.resolve();
      }
    }
  }

  mostInAnySecond(): number {
    const times = this.calls.map(({ atMs }) => atMs);
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
  }
}

test('what is warmed is there, and the origin is never asked for more in a second than the budget', async () => {
  const node = await new Node(20).start();
  await node.advance(12_000);
  expect(node.mostInAnySecond()).toBeLessThanOrEqual(20);
  expect(node.calls.length).toBeGreaterThan(200);
  expect(node.engine.locate(0, bytesOf('user:200'))).not.toBe(0);
  node.engine.audit();
});

test('F61: origin down for 60 s with a warm loop: bounded calls, and back within 5 s', async () => {
  const node = await new Node(1_000).start();
  node.answer = () => failure('connection refused', true);
  await node.advance(60_000);
  const dead = node.calls.length;
  expect(dead).toBeGreaterThan(5);
  expect(dead).toBeLessThan(40);
  expect(node.engine.quiet.sourceStates()[0]!.breaker).not.toBe('closed');
  const lastSecond = node.calls.filter(({ atMs }) => atMs > node.world.clock.now - 10_000);
  expect(lastSecond.length).toBeLessThanOrEqual(6);
  node.answer = (key) => ({ kind: 'value', value: Buffer.from(key) });
  await node.advance(5_000);
  expect(node.engine.quiet.sourceStates()[0]!.breaker).toBe('closed');
  const { loaded } = node.warming.tasks.at('loop').counts;
  expect(loaded).toBeGreaterThan(100);
  node.engine.audit();
});

test('a newer value is never replaced, an invalidated one never comes back', async () => {
  const node = await new Node(1_000, []).start();
  node.tookMs = 100;
  node.warming.warmKeys(0, ['user:1', 'user:2'].map(bytesOf));
  await node.advance(30);
  expect(node.calls).toHaveLength(2);
  node.engine.set(0, bytesOf('user:1'), bytesOf('newer'));
  node.engine.invalidateTags(['user']);
  node.engine.set(0, bytesOf('user:2'), bytesOf('newest'));
  await node.advance(200);
  const value = node.engine.get(0, bytesOf('user:2')) as { buf: Buffer; start: number; end: number };
  expect(value.buf.toString('latin1', value.start, value.end)).toBe('newest');
  expect(node.engine.locate(0, bytesOf('user:1'))).toBe(0);
  expect(node.warming.meter.byOrigin.get('command')).toMatchObject({ fenced: 2, loaded: 0 });
  node.engine.audit();
});

test('reads of what was warmed are seen, without costing reads anything', async () => {
  const node = await new Node(1_000, []).start();
  node.warming.warmKeys(0, ['user:1', 'user:2'].map(bytesOf));
  await node.advance(200);
  for (let i = 0; i < 3; i++) node.engine.get(0, bytesOf('user:1'));
  await node.advance(100);
  node.engine.invalidateTags(['user']);
  await node.advance(100);
  expect(node.warming.meter.byOrigin.get('command')).toMatchObject({ loaded: 2, used: 1, hits: 3, wasted: 1 });
});
