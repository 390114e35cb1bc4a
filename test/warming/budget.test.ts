import { bytesOf } from '../../src/base/bytes';
import { type FakeNode, fakeNode } from './fake-house';

const keys = (source: string, count: number) => Array.from({ length: count }, (_, i) => `${source}:${i}`);

function warm(node: FakeNode, names: readonly string[]): number {
  return node.warming.warmKeys(0, names.map(bytesOf));
}

function offer(node: FakeNode, key: string, priority: number): void {
  node.warming.queue.offer({ db: 0, key: bytesOf(key), priority, origin: 'learned' });
}

test('a source is never asked for more in any second than its budget', async () => {
  const node = await fakeNode({ limits: { rateMin: 20 } });
  warm(node, keys('api', 200));
  await node.advance(5_000);
  expect(node.house.callsInAnySecond()).toBeLessThanOrEqual(20);
  expect(node.house.calls.length).toBeGreaterThan(90);
  expect([...node.warming.budget.laneStates()]).toMatchObject([{ source: 'api', rate: 20, held: 'rate' }]);
});

test('the budget is a share of what the source has been seen to answer', async () => {
  const node = await fakeNode({ limits: { rateMin: 10, share: 0.25, concurrencyMax: 100 } });
  node.house.source('api').state = { capacityPerSecond: 400 };
  warm(node, keys('api', 1_000));
  await node.advance(3_000);
  expect(node.house.callsInAnySecond()).toBeLessThanOrEqual(100);
  expect(node.house.calls.length).toBeGreaterThan(280);
});

test('each source has a budget of its own', async () => {
  const node = await fakeNode({ limits: { rateMin: 20 } });
  warm(node, [...keys('api', 200), ...keys('db', 200)]);
  await node.advance(2_000);
  for (const source of ['api', 'db']) {
    expect(node.house.callsInAnySecond(source)).toBeLessThanOrEqual(20);
    expect(node.house.calls.filter(({ key }) => key.startsWith(source)).length).toBeGreaterThan(35);
  }
});

test('loads at once are bounded, and one slow source leaves room for another', async () => {
  const node = await fakeNode({ limits: { concurrencyMax: 4, rateMin: 1_000 } });
  node.house.source('slow').tookMs = 60_000;
  warm(node, [...keys('slow', 50), ...keys('api', 50)]);
  await node.advance(2_000);
  expect(node.house.runningMost).toBeLessThanOrEqual(4);
  expect(node.house.calls.filter(({ key }) => key.startsWith('api'))).toHaveLength(50);
});

test('what is fresh costs the source nothing, and no part of its budget', async () => {
  const node = await fakeNode({ limits: { rateMin: 5 } });
  for (const key of keys('api', 300)) node.house.entries.set(key, { hits: 0 });
  warm(node, [...keys('api', 300), 'api:new']);
  await node.advance(1_500);
  expect(node.house.keysCalled()).toEqual(['api:new']);
  expect(node.warming.meter.byOrigin.get('command')).toMatchObject({ queued: 301, fresh: 300, loaded: 1 });
});

test('requests that wait for a source go first', async () => {
  const node = await fakeNode();
  const api = node.house.source('api');
  api.state = { waiting: 3 };
  warm(node, ['api:1', 'db:1']);
  await node.advance(500);
  expect(node.house.keysCalled()).toEqual(['db:1']);
  api.state = {};
  await node.advance(100);
  expect(node.house.keysCalled()).toEqual(['db:1', 'api:1']);
});

test('nothing is asked of a source whose breaker is open, one at a time while it is tried', async () => {
  const node = await fakeNode();
  const api = node.house.source('api');
  api.state = { breaker: 'open', retryInMs: 700 };
  api.tookMs = 200;
  warm(node, keys('api', 10));
  await node.advance(1_000);
  expect(node.house.calls).toEqual([]);
  api.state = { breaker: 'half-open' };
  await node.advance(150);
  expect(node.house.calls).toHaveLength(1);
  api.state = {};
  await node.advance(1_000);
  expect(node.house.calls).toHaveLength(10);
});

test('a busy engine is not pressed: the key keeps its place', async () => {
  const node = await fakeNode();
  const api = node.house.source('api');
  let asked = 0;
  api.answer = () => (++asked <= 20 ? 'busy' : 'loaded');
  warm(node, ['api:1']);
  await node.advance(200);
  expect(asked).toBeLessThanOrEqual(11);
  await node.advance(400);
  expect(node.house.keysCalled()).toEqual(['api:1']);
});

test('a dead source is asked less and less, and everything is loaded soon after it is back', async () => {
  const node = await fakeNode();
  const api = node.house.source('api');
  api.answer = () => 'failed';
  for (const key of keys('api', 50)) offer(node, key, 0);
  await node.advance(60_000);
  const dead = node.house.calls.length;
  expect(dead).toBeLessThan(45);
  expect(node.house.calls.filter(({ atMs }) => atMs > node.house.calls[10]!.atMs + 10_000).length).toBeLessThan(25);
  api.answer = () => 'loaded';
  await node.advance(5_000);
  expect(node.house.entries.size).toBeGreaterThan(45);
  expect(node.warming.queue.size).toBe(0);
});

test('one key that always fails does not hold up the others', async () => {
  const node = await fakeNode();
  node.house.source('api').answer = (key) => (key === 'api:3' ? 'failed' : 'loaded');
  warm(node, keys('api', 10));
  await node.advance(200);
  expect(node.house.entries.size).toBe(9);
  await node.advance(30_000);
  expect(node.warming.meter.byOrigin.get('command')).toMatchObject({ loaded: 9, failed: 1 });
  expect(node.house.calls.length).toBeLessThanOrEqual(19);
});

test('the highest priority goes first, and WARM before all', async () => {
  const node = await fakeNode({ limits: { concurrencyMax: 1 } });
  offer(node, 'api:low', 1);
  offer(node, 'api:high', 5);
  warm(node, ['api:now', 'none']);
  await node.advance(500);
  expect(node.house.keysCalled()).toEqual(['api:now', 'api:high', 'api:low']);
});

test('while all warming is paused nothing is asked', async () => {
  const node = await fakeNode();
  node.warming.pause(null, true);
  warm(node, keys('api', 3));
  await node.advance(1_000);
  expect(node.house.calls).toEqual([]);
  node.warming.pause(null, false);
  await node.advance(1_000);
  expect(node.house.calls).toHaveLength(3);
});

test('what was loaded and read is used, what was not is wasted', async () => {
  const node = await fakeNode();
  const { house } = node;
  warm(node, keys('api', 4));
  await node.advance(500);
  house.entries.get('api:0')!.hits = 7;
  house.entries.get('api:1')!.hits = 1;
  await node.advance(100);
  for (const key of ['api:1', 'api:2']) house.entries.delete(key);
  await node.advance(100);
  house.entries.delete('api:3');
  warm(node, ['api:3']);
  await node.advance(500);
  expect(node.warming.meter.byOrigin.get('command')).toMatchObject({ loaded: 5, used: 2, hits: 8, wasted: 2 });
  expect(node.warming.meter.watched.size).toBe(2);
});

test('keys of one template travel in one call, which counts once in the budget', async () => {
  const node = await fakeNode({ limits: { rateMin: 10, concurrencyMax: 2 } });
  node.house.batches.set('api', 25);
  warm(node, [...keys('api', 500), ...keys('db', 5)]);
  await node.advance(2_000);
  const moments = new Map<number, number>();
  for (const { key, atMs } of node.house.calls)
    if (key.startsWith('api')) moments.set(atMs, (moments.get(atMs) ?? 0) + 1);
  expect(Math.max(...moments.values())).toBe(25);
  expect(moments.size).toBeGreaterThan(17);
  expect(moments.size).toBeLessThanOrEqual(20);
});

test('calls-per-second-max bounds the rate, however much is measured or asked for at least', async () => {
  const node = await fakeNode({ limits: { rateMin: 50, share: 0.2 } });
  node.house.source('api').state = { capacityPerSecond: 400, callsPerSecondMax: 100 };
  node.house.source('db').state = { callsPerSecondMax: 10 };
  warm(node, ['api:1', 'db:1']);
  await node.advance(100);
  expect(node.warming.budget.rateOf('api')).toBe(20);
  expect(node.warming.budget.rateOf('db')).toBe(2);
});
