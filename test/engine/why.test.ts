import { bytesOf } from '../../src/base/bytes';
import type { Explanation, LeaseAnswer } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import { NEVER } from '../../src/layers/layer';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { type BuildOptions, buildEngine } from './build';
import { familiesOf, familyOf, UNANSWERED } from './family';

let world: ManualWorld;
let engine: Engine;

function begin(options: BuildOptions = {}): void {
  world = manualWorld(5);
  engine = buildEngine(world, options);
  engine.start();
}

beforeEach(() => begin());
afterEach(() => engine.audit());

const set = (key: string, options = {}, value = 'v', db = 0) =>
  engine.set(db, bytesOf(key), bytesOf(value), { expiresAt: NEVER, ...options });

function why(key: string, db = 0): Record<string, Explanation[number][1]> {
  const fields = engine.why(db, bytesOf(key));
  if (fields instanceof Promise) throw new Error('expected an answer at once');
  return Object.fromEntries(fields);
}

/** Time passes as it does when a server runs: with turns. */
function pass(seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    world.scheduler.advance(1_000);
    world.scheduler.settle();
  }
}

const deploy = { client: 'id=7 addr=127.0.0.1:50000', reason: 'deploy' };

test('a live key: where it is, how old, what it hangs on', () => {
  begin({ families: familiesOf('page:', () => familyOf('page:{id}', { dependsOn: ['site'] })) });
  set('page:1', { tags: ['b', '\xff'], expiresAt: world.clock.now + 90_000 });
  engine.dependencyAdd(0, bytesOf('page:1'), [bytesOf('menu')]);
  engine.dependencyAdd(0, bytesOf('front'), [bytesOf('page:1')]);
  pass(30);
  engine.get(0, bytesOf('page:1'));
  pass(5);
  expect(why('page:1')).toMatchObject({
    state: 'live',
    layers: ['memory'],
    disk: 'none',
    value_bytes: 1,
    ttl_ms: 55_000,
    idle_seconds: 5,
    hits: 1,
    tags: ['b', '\xff'],
    sources: ['menu', 'site'],
    dependents: 1,
    template: 'page:{id}',
  });
  expect(why('page:1').age_ms).toBeGreaterThanOrEqual(34_000);
  expect(why('page:1').age_ms).toBeLessThanOrEqual(35_000);
});

test('never seen', () => {
  expect(why('nobody')).toEqual({ state: 'never seen', certain: 1 });
});

test('binary keys are told apart', () => {
  set('k\xfe');
  engine.remove(0, bytesOf('k\xfe'));
  expect(why('k\xfe')).toMatchObject({ state: 'lost', reason: 'deleted', ago_ms: 0 });
  expect(why('k\xff').state).toBe('never seen');
});

test('expired: when its time had come, whoever found out', () => {
  set('k', { expiresAt: world.clock.now + 1_000 });
  const at = world.clock.now + 1_000;
  world.clock.now += 61_000;
  expect(why('k')).toMatchObject({ state: 'lost', reason: 'expired', lost_at: at, ago_ms: 60_000, idle_seconds: 61 });
  set('later', { expiresAt: world.clock.now + 1_000 });
  pass(10);
  expect(why('later')).toMatchObject({ reason: 'expired', ago_ms: 9_000 });
});

test('evicted: policy, age, idle time and hits', () => {
  begin({ maxMemoryBytes: 2 << 20, policy: 'allkeys-lru' });
  set('k');
  engine.get(0, bytesOf('k'));
  engine.get(0, bytesOf('k'));
  pass(20);
  for (let i = 0; engine.core.counters.evicted === 0; i++) set(`fill${i}`, {}, 'x'.repeat(1000));
  const found = why('k');
  expect(found).toMatchObject({
    reason: 'evicted',
    policy: 'allkeys-lru',
    layer: 'memory',
    idle_seconds: 20,
    hits: 2,
    ago_ms: 0,
  });
  expect(found.age_ms).toBeGreaterThanOrEqual(19_000);
  expect(found.age_ms).toBeLessThanOrEqual(20_000);
  expect(found.disk).toBeUndefined();
});

test('invalidated by a tag: which of them, at which epoch, by whom and why; dead but not reclaimed, too', () => {
  set('a', { tags: ['x', 't1'] });
  set('b', { tags: ['t2'] });
  engine.invalidateTags(['nobody', 't1', 't2'], deploy);
  const epoch = engine.epoch;
  expect(engine.core.tags.pendingOwners).toBe(2);
  const died = { state: 'lost', reason: 'invalidated', by: 'tag', epoch, client: deploy.client, text: 'deploy' };
  expect(why('a')).toMatchObject({ ...died, tag: 't1' });
  pass(1);
  expect(engine.core.tags.pendingOwners).toBe(0);
  expect(why('b')).toMatchObject({ ...died, tag: 't2', ago_ms: 1_000 });
});

test('the first invalidation is the one that killed it', () => {
  set('k', { tags: ['s', 't'] });
  engine.invalidateTags(['t'], { reason: 'first' });
  engine.invalidateTags(['s'], { reason: 'second' });
  expect(why('k')).toMatchObject({ tag: 't', text: 'first' });
});

test('a tag of very many sets of tags: also what is not buried yet knows its killer', () => {
  for (let i = 0; i < 3_000; i++) set(`k${i}`, { tags: ['all', `own${i}`] });
  void engine.invalidateTags(['all'], deploy);
  expect(engine.core.tags.settled).toBe(false);
  expect(why('k2999')).toMatchObject({ by: 'tag', tag: 'all', text: 'deploy' });
  expect(why('k0')).toMatchObject({ by: 'tag', tag: 'all' });
  world.scheduler.settle();
  expect(why('k1500')).toMatchObject({ by: 'tag', tag: 'all' });
});

test('invalidated by name, and all that hangs on it by its path', () => {
  for (const key of ['org', 'user', 'page', 'other']) set(key);
  engine.dependencyAdd(0, bytesOf('user'), [bytesOf('org')]);
  engine.dependencyAdd(0, bytesOf('page'), [bytesOf('user')]);
  engine.invalidateKeys(0, [bytesOf('org')], deploy);
  expect(why('org')).toMatchObject({ reason: 'invalidated', by: 'key', client: deploy.client, text: 'deploy' });
  expect(why('user')).toMatchObject({ by: 'dependency', path: ['org'], through: 'key', text: 'deploy' });
  expect(why('page')).toMatchObject({ by: 'dependency', path: ['org', 'user'], through: 'key' });
  expect(why('other').state).toBe('live');
});

test('what hangs on a written, deleted or tagged source says so', () => {
  for (const key of ['s1', 's2', 's3', 'd1', 'd2', 'd3']) set(key, key === 's3' ? { tags: ['t'] } : {});
  for (const n of [1, 2, 3]) engine.dependencyAdd(0, bytesOf(`d${n}`), [bytesOf(`s${n}`)]);
  set('s1');
  engine.remove(0, bytesOf('s2'));
  engine.invalidateTags(['t'], deploy);
  expect(why('d1')).toMatchObject({ by: 'dependency', path: ['s1'], through: 'set' });
  expect(why('d2')).toMatchObject({ by: 'dependency', path: ['s2'], through: 'delete' });
  expect(why('d3')).toMatchObject({ by: 'dependency', path: ['s3'], through: 'tag', tag: 't', text: 'deploy' });
});

test('what hangs on a written or deleted source knows by whom, if it was a client that is still there', () => {
  begin({ clientText: (client) => (client === 7 ? deploy.client : undefined) });
  for (const n of [1, 2, 3, 4]) {
    set(`d${n}`);
    set(`s${n}`);
    engine.dependencyAdd(0, bytesOf(`d${n}`), [bytesOf(`s${n}`)]);
  }
  set('s1', { client: 7 });
  engine.remove(0, bytesOf('s2'), 7);
  engine.removeMany(0, [bytesOf('s3')], 7);
  set('s4', { client: 8 });
  expect(why('d1')).toMatchObject({ by: 'dependency', through: 'set', client: deploy.client });
  for (const key of ['d2', 'd3']) expect(why(key)).toMatchObject({ through: 'delete', client: deploy.client });
  expect(why('d4').through).toBe('set');
  expect(why('d4').client).toBeUndefined();
});

test('a wide cascade: the first have a path of their own, the others know the source', async () => {
  set('source');
  for (let i = 0; i < 1_000; i++) {
    set(`d${i}`);
    engine.dependencyAdd(0, bytesOf(`d${i}`), [bytesOf('source')]);
  }
  const died = engine.invalidateKeys(0, [bytesOf('source')]);
  world.scheduler.settle();
  expect(await died).toBe(1_001);
  for (const key of ['d0', 'd500', 'd999']) expect(why(key)).toMatchObject({ by: 'dependency', path: ['source'] });
  expect(engine.core.causes.newest).toBeLessThan(300);
});

test('a tag added that was invalidated after the fill began', () => {
  set('k');
  engine.invalidateTags(['t']);
  expect(engine.tagAdd(0, bytesOf('k'), ['u', 't'])).toBe(-1);
  expect(why('k')).toMatchObject({ reason: 'invalidated', by: 'tagged', tag: 't' });
});

test('flushed, before and after the sweep; what was lost since is newer', () => {
  for (const key of ['a', 'b', 'c']) set(key);
  engine.flush(0, deploy);
  expect(why('a')).toMatchObject({ reason: 'flushed', by: 'flush', client: deploy.client });
  set('c');
  world.clock.now += 10;
  engine.remove(0, bytesOf('c'));
  world.scheduler.settle();
  expect(why('b')).toMatchObject({ reason: 'flushed', ago_ms: 10 });
  expect(why('c')).toMatchObject({ reason: 'deleted', ago_ms: 0 });
});

test('losses follow the contents of a database in SWAPDB', () => {
  set('k');
  engine.remove(0, bytesOf('k'));
  engine.swap(0, 3);
  expect(why('k').state).toBe('never seen');
  expect(why('k', 3)).toMatchObject({ reason: 'deleted' });
});

test('fenced: a fill that an invalidation overtook', () => {
  const began = engine.epoch;
  engine.invalidateTags(['t'], deploy);
  expect(set('k', { tags: ['t'], fillEpoch: began })).toBe(false);
  expect(why('k')).toMatchObject({ reason: 'fenced', by: 'tag', tag: 't', text: 'deploy', fill_epoch: began });
});

test('fenced: a fill under a lease that an invalidation voided, also by a tag that only the fill names', () => {
  for (const tags of [['template'], ['own']]) {
    const family = familyOf('page:{id}', { tags: ['template'] });
    begin({ families: familiesOf('page:', () => family) });
    const { token } = engine.lease(1, 0, bytesOf('page:1'), undefined, 0) as LeaseAnswer;
    const began = engine.epoch;
    engine.invalidateTags(tags, deploy);
    expect(set('page:1', { tags: ['own'], lease: token! })).toBe(false);
    expect(why('page:1')).toMatchObject({ reason: 'fenced', by: 'tag', tag: tags[0], fill_epoch: began });
    // Of another key's lease nothing is known here.
    expect(set('page:2', { lease: token! })).toBe(false);
    expect(why('page:2')).toMatchObject({ reason: 'fenced', fill_epoch: 0 });
  }
});

test('stale: expired within its grace, or softly invalidated; how long it is still given', () => {
  const family = familyOf('page:{id}', { graceMs: 10_000, load: UNANSWERED });
  begin({ families: familiesOf('page:', () => family) });
  set('page:1', { expiresAt: world.clock.now + 1_000 });
  expect(why('page:1')).toMatchObject({ state: 'live', ttl_ms: 1_000 });
  expect(why('page:1').grace_left_ms).toBeUndefined();
  world.clock.now += 4_000;
  // Asked before the wheel has come to it, and after.
  const stale = { state: 'stale', layers: ['memory'], ttl_ms: 0, grace_left_ms: 7_000 };
  expect(why('page:1')).toMatchObject(stale);
  engine.core.memory.expireDue(world.clock.now, 1_000);
  expect(why('page:1')).toMatchObject(stale);
  set('page:2');
  void engine.invalidate({ keys: [bytesOf('page:2')], soft: true });
  expect(why('page:2')).toMatchObject({ state: 'stale', ttl_ms: 0, grace_left_ms: 10_000 });
});

test('a fenced fill of a key that is there changes nothing', () => {
  set('k');
  const began = engine.epoch;
  engine.invalidateTags(['t']);
  expect(set('k', { tags: ['t'], fillEpoch: began })).toBe(false);
  expect(why('k').state).toBe('live');
});

test('the record of causes is bounded: an older one is forgotten, the reason is not', () => {
  set('k', { tags: ['t'] });
  engine.invalidateTags(['t']);
  world.scheduler.settle();
  for (let i = 0; i < 20_000; i++) engine.core.causes.add({ kind: 'tag', tag: `n${i}`, epoch: 1 });
  expect(why('k')).toMatchObject({ reason: 'invalidated', by: 'forgotten' });
});

test('a key that expired without a loader, within its grace', () => {
  set('k', { expiresAt: world.clock.now + 100, graceMs: 60_000 });
  pass(1);
  expect(why('k')).toMatchObject({ state: 'lost', reason: 'expired', ago_ms: 900 });
});

test('asking changes nothing', () => {
  set('k');
  engine.remove(0, bytesOf('k'));
  const before = JSON.stringify(engine.core.counters);
  for (const key of ['k', 'nobody']) expect(why(key)).toEqual(why(key));
  expect(JSON.stringify(engine.core.counters)).toBe(before);
});
