import { ChaosProxy, type Mood } from './chaos-proxy';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler, type Origin } from './origin';

const WAITERS = 100;
const CONNECTIONS_MAX = 20;
const VALUE = Buffer.from(Array.from({ length: 300 }, (_, i) => i));

let origin: Origin;
let proxy: ChaosProxy;

beforeAll(async () => {
  origin = await httpOrigin((_, response) => void response.end(VALUE));
});
afterAll(() => origin.close());
beforeEach(async () => {
  proxy = await ChaosProxy.before(Number(new URL(origin.url).port));
});
afterEach(() => proxy.close());

const lost = aFailure({ retryable: true, reason: 'connection lost' });

// FAULTS F55, F57, F58: 100 waiters each get one answer, the same, and the next load is served.
test.each<[Mood, unknown]>([
  [{ kind: 'refuse' }, aFailure({ retryable: true, reason: 'connection refused' })],
  [{ kind: 'reset' }, lost],
  [{ kind: 'black-hole' }, 'deadline'],
  [{ kind: 'deaf' }, 'deadline'],
  [{ kind: 'cut', afterBytes: 1 }, lost],
  [{ kind: 'cut', afterBytes: 250 }, aFailure({ retryable: true })],
  [
    { kind: 'slice', sizeBytes: 1 },
    { kind: 'value', value: VALUE },
  ],
  [
    { kind: 'slice', sizeBytes: 7 },
    { kind: 'value', value: VALUE },
  ],
])('%j', async (mood, expected) => {
  const scheduler = new ManualScheduler();
  const source = { http: `http://127.0.0.1:${proxy.port}`, 'connections-max': String(CONNECTIONS_MAX) };
  const loaders = loadersOf(oneLoad(source, { path: '/{id}' }), { scheduler, sizeBytesMax: () => 1000 });
  const load = () => loaders.forTemplate(0)!.load({ key: 'user:7', params: new Map([['id', '7']]), deadlineMs: 500 });
  await proxy.become(mood);
  const asked = mood.kind === 'deaf' ? origin.nextRequest() : undefined;
  const loading = Promise.all(Array.from({ length: WAITERS }, load));
  if (expected === 'deadline') {
    await asked;
    expect(scheduler.delaysMs).toEqual(Array(WAITERS).fill(500));
    scheduler.fire();
  }
  const wanted =
    expected === 'deadline' ? aFailure({ retryable: true, reason: 'deadline of 500 ms passed' }) : expected;
  for (const result of await loading) expect(result).toEqual(wanted);
  expect(scheduler.delaysMs).toEqual([]);

  await proxy.become({ kind: 'through' });
  // Each connection that the old mood left behind may spoil one more load.
  let after = await load();
  for (let tries = 0; tries < CONNECTIONS_MAX && after.kind !== 'value'; tries++) after = await load();
  expect(after).toEqual({ kind: 'value', value: VALUE });
  await loaders.close();
});
