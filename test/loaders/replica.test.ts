import type { Loader, Loaders } from '../../src/loaders';
import { aFailure } from './contract';
import { loadersOf } from './from-config';
import { httpOrigin, ManualScheduler, type Origin } from './origin';

const LAG_MS = 200;

/** A real origin that reads from a replica: what is written arrives there when the test says so. */
let origin: Origin;
let replica = 'old';
let scheduler: ManualScheduler;
let loaders: Loaders;

beforeAll(async () => {
  origin = await httpOrigin((request, response) => {
    const ids = new URL(request.url!, 'http://o').searchParams.get('ids');
    response.end(
      ids === null ? replica : JSON.stringify(Object.fromEntries(ids.split(',').map((id) => [id, replica]))),
    );
  });
});
afterAll(() => origin.close());
beforeEach(() => {
  replica = 'old';
  origin.paths.length = 0;
  scheduler = new ManualScheduler();
  const yaml = `
sources: { api: { http: "${origin.url}", replica-lag: ${LAG_MS}ms } }
keys:
  - match: "user:{id}"
    load: { from: api, path: "/{id}" }
  - match: "many:{id}"
    load: { from: api, path: "/?ids={id,}", batch: 5 }`;
  loaders = loadersOf(yaml, { scheduler, sizeBytesMax: () => 1000 });
});
afterEach(async () => {
  expect(scheduler.delaysMs).toEqual([]);
  await loaders.close();
});

const params = new Map([['id', '7']]);
const item = { key: 'user:7', params };
const one = (loader: Loader, more: object = {}) => loader.load({ ...item, deadlineMs: 1000, ...more });

// FAULTS F64: what was written before the load began is read, if the replica is at most that far behind.
test('a load asks only once the replica has caught up', async () => {
  const loading = one(loaders.forTemplate(0)!);
  expect(scheduler.delaysMs).toEqual([1000, LAG_MS]);
  expect(origin.paths).toEqual([]);
  // The lag passes; all that was written before is there.
  replica = 'new';
  scheduler.fireAt(LAG_MS);
  expect(await loading).toEqual({ kind: 'value', value: Buffer.from('new') });
});

test('so does a call for several keys', async () => {
  const loader = loaders.forTemplate(1)!;
  expect(loader.batchKeysMax).toBe(5);
  const loading = loader.loadMany!({ items: [item, item], deadlineMs: 1000 });
  expect(origin.paths).toEqual([]);
  replica = 'new';
  scheduler.fireAt(LAG_MS);
  expect(await loading).toEqual(Array(2).fill({ kind: 'value', value: Buffer.from('new') }));
});

test('a replica that is further behind than was said shows what was before: that is the bound', async () => {
  const loading = one(loaders.forTemplate(0)!);
  scheduler.fireAt(LAG_MS);
  expect(await loading).toEqual({ kind: 'value', value: Buffer.from('old') });
});

test('the wait is part of the deadline, and of what a caller can give up', async () => {
  const late = one(loaders.forTemplate(0)!, { deadlineMs: 100 });
  scheduler.fireAt(100);
  expect(await late).toEqual(aFailure({ reason: 'deadline of 100 ms passed', retryable: true }));
  const stop = new AbortController();
  const given = one(loaders.forTemplate(0)!, { signal: stop.signal });
  stop.abort();
  expect(await given).toEqual(aFailure({ reason: 'cancelled', retryable: true }));
  expect(origin.paths).toEqual([]);
});
