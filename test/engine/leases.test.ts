import { bytesOf, copyOf } from '../../src/base/bytes';
import type { Fault } from '../../src/base/fault';
import type { LeaseAnswer } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';
import { familiesOf, familyOf, UNANSWERED } from './family';

let world: ManualWorld;
let engine: Engine;
const k = bytesOf('k');

beforeEach(() => {
  world = manualWorld();
  engine = buildEngine(world, { leaseLimits: { leasesMax: 3, waitersMax: 2, ttlMaxMs: 60_000, ttlMs: 10_000 } });
});

afterEach(() => {
  engine.audit();
});

function lease(client: number, key = k, ttlMs?: number, waitMs = 0) {
  return engine.lease(client, 0, key, ttlMs, waitMs);
}

/** What can be told without naming the token. */
function shown(answer: LeaseAnswer | undefined) {
  return answer && [answer.state, answer.value && copyOf(answer.value).toString(), answer.token !== null];
}

function now(client: number, key = k, ttlMs?: number) {
  return shown(lease(client, key, ttlMs) as LeaseAnswer);
}

function won(client: number, key = k, ttlMs?: number): string {
  const answer = lease(client, key, ttlMs) as LeaseAnswer;
  expect(answer.state).toBe('won');
  return answer.token!;
}

function store(token: string, tags = ['t'], key = k, sources: string[] = []) {
  return engine.set(0, key, bytesOf('v'), { lease: token, client: 1, isFill: true, tags, sources });
}

function refusal(ask: () => unknown): string {
  try {
    ask();
  } catch (fault) {
    return (fault as Fault).reply;
  }
  return 'nothing refused it';
}

/** A waiter, and what it was told so far. */
function waiter(client: number, waitMs: number, key = k) {
  const told: { answer?: LeaseAnswer } = {};
  const answer = lease(client, key, undefined, waitMs);
  expect(answer).toBeInstanceOf(Promise);
  (answer as Promise<LeaseAnswer>).then((given) => {
    told.answer = given;
  });
  return told;
}

/** Whatever died is tidied up. */
function reclaimed(_died: unknown) {
  engine.start();
  world.scheduler.advance(20);
  world.scheduler.settle();
}

async function settle() {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

test('one computes, others wait; what was computed is stored under the lease, once', () => {
  const token = won(1);
  expect([now(2), now(1)]).toEqual([
    ['wait', null, false],
    ['wait', null, false],
  ]);
  expect(store(token)).toBe(true);
  expect(now(2)).toEqual(['hit', 'v', false]);
  expect(store(token)).toBe(false);
  expect(engine.leases.size).toBe(0);
  expect(engine.core.changes.isHeld).toBe(false);
});

test.each<[string, () => unknown]>([
  ['an invalidation of its key', () => engine.invalidateKeys(0, [k])],
  ['a set of its key', () => engine.set(0, k, bytesOf('w'))],
  ['a delete of its key', () => engine.remove(0, k)],
  ['an invalidation of what its key is declared to depend on', () => engine.invalidateKeys(0, [bytesOf('root')])],
  ['a flush of its database', () => engine.flush(0)],
  ['the end of its client', () => engine.clientGone(1)],
])('%s ends a lease at once, and the next has one of its own', (_name, end) => {
  engine.dependencyAdd(0, k, [bytesOf('root')]);
  const token = won(1);
  end();
  expect(store(token)).toBe(false);
  engine.remove(0, k);
  expect(won(2)).not.toBe(token);
});

test.each<[string, () => unknown]>([
  ['a tag', () => engine.invalidateTags(['u'])],
  ['a source', () => engine.set(0, bytesOf('s'), bytesOf('new'))],
  ['a tag of a source', () => engine.invalidateTags(['of-s'])],
  ['a tag of a source that nobody found dead', () => reclaimed(engine.invalidateTags(['of-s']))],
])('%s of the value that changed after the lease began makes it void', (_name, change) => {
  engine.set(0, bytesOf('s'), bytesOf('old'), { tags: ['of-s'] });
  const token = won(1);
  change();
  expect(store(token, ['t', 'u'], k, ['s'])).toBe(false);
  expect(engine.core.counters.fencedLeases).toBe(1);
  expect(store(won(1), ['t', 'u'], k, ['s'])).toBe(true);
});

test('what changed before the lease began does not', () => {
  engine.invalidateTags(['t']);
  engine.invalidateKeys(0, [k]);
  expect(store(won(1))).toBe(true);
});

test('a lease is of one key in one database, and a token of nobody is void', () => {
  const token = won(1);
  expect(store(token, ['t'], bytesOf('other'))).toBe(false);
  expect(engine.set(1, k, bytesOf('v'), { lease: token })).toBe(false);
  expect(store('')).toBe(false);
  expect(store(token)).toBe(true);
});

test('a lease ends after its time, for the one who has it too', () => {
  const token = won(1, k, 50);
  world.clock.now += 50;
  expect(store(token)).toBe(false);
  expect(engine.core.counters.leasesExpired).toBe(1);
  const next = won(2);
  world.clock.now += 9_999;
  expect(now(3)).toEqual(['wait', null, false]);
  expect(store(next)).toBe(true);
});

test('who waits is told as soon as the value is there', async () => {
  const token = won(1);
  const waits = [waiter(2, 500), waiter(3, 500)];
  await settle();
  expect(waits.map(({ answer }) => answer)).toEqual([undefined, undefined]);
  store(token);
  await settle();
  expect(waits.map(({ answer }) => shown(answer))).toEqual([
    ['hit', 'v', false],
    ['hit', 'v', false],
  ]);
  expect(engine.leases.waiters).toBe(0);
});

test.each<[string, () => unknown]>([
  ['is void', () => engine.invalidateKeys(0, [k])],
  ['expires', () => world.scheduler.advance(10_000)],
  ['loses its client', () => engine.clientGone(1)],
])('when a lease %s, the first who waits has the next, and the others wait for that', async (_name, end) => {
  const token = won(1);
  const [first, second] = [waiter(2, 30_000), waiter(3, 30_000)];
  end();
  await settle();
  expect([shown(first.answer), second.answer]).toEqual([['won', null, true], undefined]);
  expect(store(token)).toBe(false);
  store(first.answer!.token!);
  await settle();
  expect(shown(second.answer)).toEqual(['hit', 'v', false]);
});

test('who waited is given the value of its key, whatever others read before its answer is written', async () => {
  engine.set(0, bytesOf('other'), bytesOf('not this'));
  const token = won(1);
  const [second, third] = [waiter(2, 1_000), waiter(3, 1_000)];
  store(token);
  await settle();
  engine.get(0, bytesOf('other'));
  expect([second, third].map(({ answer }) => shown(answer))).toEqual([
    ['hit', 'v', false],
    ['hit', 'v', false],
  ]);
});

test('a wait ends after its time, and with its client', async () => {
  won(1);
  const [patient, leaving] = [waiter(2, 100), waiter(3, 100)];
  engine.clientGone(3);
  await settle();
  expect([patient.answer, leaving.answer?.state]).toEqual([undefined, 'wait']);
  world.scheduler.advance(100);
  await settle();
  expect(shown(patient.answer)).toEqual(['wait', null, false]);
  expect(engine.leases.waiters).toBe(0);
});

test('a plain write is what those who wait are given', async () => {
  won(1);
  const waits = waiter(2, 100);
  engine.set(0, k, bytesOf('written'));
  await settle();
  expect(shown(waits.answer)).toEqual(['hit', 'written', false]);
});

test('a waiter is told its own value, whatever is read before it hears of it', async () => {
  const other = bytesOf('other');
  engine.set(0, other, bytesOf('of another'));
  const token = won(1);
  const told = waiter(2, 500);
  store(token);
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
    engine.get(0, other);
  }
  expect(shown(told.answer)).toEqual(['hit', 'v', false]);
});

test('limits answer an error with their name', () => {
  for (const name of ['a', 'b', 'c']) won(1, bytesOf(name), 5_000);
  expect(refusal(() => lease(1))).toContain('leases-max 3');
  expect(refusal(() => lease(1, bytesOf('a'), 60_001))).toContain('lease-ttl-max 60000');
  expect(refusal(() => lease(1, bytesOf('a'), 1, 60_001))).toContain('lease-ttl-max 60000');
  waiter(2, 100, bytesOf('a'));
  waiter(3, 100, bytesOf('b'));
  expect(refusal(() => lease(4, bytesOf('c'), undefined, 100))).toContain('lease-waiters-max 2');
  world.clock.now += 5_000;
  expect(now(1)).toEqual(['won', null, true]);
});

describe('invalidations gathered in a window', () => {
  beforeEach(() => {
    engine = buildEngine(world, { windowMs: 5, invalidateQueueMax: 3 });
  });

  test('share an epoch, each with its own count: an entry counts for the first that named it', async () => {
    engine.set(0, k, bytesOf('v'), { tags: ['t', 'u'] });
    engine.set(0, bytesOf('l'), bytesOf('v'), { tags: ['u'] });
    const counts = [engine.invalidateTags(['t']), engine.invalidateTags(['u']), engine.invalidateKeys(0, [k])];
    expect(engine.get(0, k)).not.toBeNull();
    expect(refusal(() => engine.invalidateTags(['t']))).toContain('invalidate-queue-max 3');
    world.scheduler.advance(5);
    expect(await Promise.all(counts)).toEqual([1, 1, 0]);
    expect(engine.get(0, k)).toBeNull();
    const { tags } = engine.core;
    expect(tags.hardEpoch('t')).toBe(tags.hardEpoch('u'));
  });

  test('reject alone', async () => {
    const long = engine.invalidateTags(['x'.repeat(70_000)]) as Promise<number>;
    const good = engine.invalidateTags(['t']);
    const refused = expect(long).rejects.toMatchObject({ reply: expect.stringContaining('tag-size-max') });
    world.scheduler.advance(5);
    await refused;
    expect(await good).toBe(0);
  });

  test('end with the engine', async () => {
    engine.set(0, k, bytesOf('v'), { tags: ['t'] });
    const count = engine.invalidateTags(['t']);
    await engine.stop(0);
    expect(await count).toBe(1);
  });
});

describe('remembered misses', () => {
  const fill = (client: number, key = k, tags = ['t']) =>
    engine.set(0, key, bytesOf('v'), { client, isFill: true, tags });

  test('are forgotten after ten seconds, and take no room then', () => {
    engine.start();
    engine.missed(1, 0, k);
    expect(engine.misses.bytesUsed).toBeGreaterThan(0);
    world.scheduler.advance(11_000);
    world.scheduler.settle();
    expect([engine.misses.size, engine.misses.bytesUsed]).toEqual([0, 0]);
    engine.missed(1, 0, k);
    engine.clientGone(1);
    expect(engine.misses.size).toBe(0);
  });

  test('of more keys than are remembered: any fill of the connection may have begun with the oldest', () => {
    engine = buildEngine(world, { fenceKeysMax: 4 });
    for (let i = 0; i < 20; i++) engine.missed(1, 0, bytesOf(`k${i}`));
    engine.invalidateTags(['t']);
    expect(fill(1, bytesOf('k0'))).toBe(false);
    expect(fill(1, bytesOf('k19'))).toBe(false);
    expect(fill(1, bytesOf('never missed'))).toBe(false);
    expect(fill(1, bytesOf('k1'), ['u'])).toBe(true);
    expect(fill(2, bytesOf('k0'))).toBe(true);
    world.clock.now += 20_000;
    expect(fill(1, bytesOf('k0'))).toBe(true);
  });

  test('a fill that never comes does not shut out the others for longer than its time', () => {
    engine.missed(1, 0, k);
    let refused = 0;
    for (let second = 0; second < 60; second++) {
      engine.invalidateKeys(0, [k]);
      engine.missed(1, 0, k);
      if (!fill(1)) refused++;
      world.clock.now += 1_000;
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(20);
  });

  test('cost a connection no more than 7 KB', () => {
    for (let i = 0; i < 10_000; i++) engine.missed(1, 0, bytesOf(`key:${i}`));
    expect(engine.misses.bytesUsed).toBeLessThanOrEqual(7_000);
  });

  test('of none, when the limit is 0', () => {
    engine = buildEngine(world, { fenceKeysMax: 0 });
    engine.missed(1, 0, k);
    engine.invalidateKeys(0, [k]);
    expect([fill(1), engine.misses.size]).toEqual([true, 0]);
  });
});

test('a lease of a stale value is void when a tag that only the value has is invalidated', () => {
  const families = familiesOf('', () => familyOf('k', { graceMs: 1_000, load: UNANSWERED }));
  engine = buildEngine(world, { families });
  engine.set(0, k, bytesOf('old'), { tags: ['t'], expiresAt: world.clock.now + 10 });
  world.clock.now += 20;
  const { state, token } = engine.lease(1, 0, k, undefined, 0) as LeaseAnswer;
  expect(state).toBe('stale');
  engine.invalidateTags(['t']);
  expect(engine.core.counters.leasesVoided).toBe(1);
  expect(engine.set(0, k, bytesOf('new'), { lease: token! })).toBe(false);
});

test('a value that was waited for is a copy: what happens before it is looked at does not change it', async () => {
  engine.lease(1, 0, k, undefined, 0);
  const waits = engine.lease(2, 0, k, undefined, 1_000) as Promise<LeaseAnswer>;
  engine.set(0, k, bytesOf('first'));
  const answer = await waits;
  engine.remove(0, k);
  engine.set(0, bytesOf('x'), bytesOf('other'));
  expect([answer.state, copyOf(answer.value!).toString()]).toEqual(['hit', 'first']);
});
