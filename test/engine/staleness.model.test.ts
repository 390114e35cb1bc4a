import fc from 'fast-check';
import { CLIENTS, KEYS, StalenessWorld, WAYS } from './staleness';

const key = fc.constantFrom(...KEYS);
const client = fc.constantFrom(...CLIENTS);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant('get' as const), key, client }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant('store' as const), which: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('load' as const), which: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('write' as const), key, way: fc.constantFrom(...WAYS) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('lease' as const),
      key,
      client,
      ttlMs: fc.constantFrom(50, 5_000),
      waitMs: fc.constantFrom(0, 20, 500),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('pause' as const) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('advance' as const), ms: fc.constantFrom(1, 30, 3_000) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('gone' as const), client }) },
);

const settings = fc.record({
  fenceKeysMax: fc.constantFrom(2, 256),
  windowMs: fc.constantFrom(0, 0, 5),
});

let stored = 0;
let hits = 0;

test('whoever asks after an acknowledgement gets nothing older, whatever overlaps', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 100, size: 'max' }), async (options, steps) => {
      const it = new StalenessWorld(options);
      for (const each of steps) {
        if (each.op === 'get') it.get(each.client, each.key);
        else if (each.op === 'store') it.store(each.which);
        else if (each.op === 'load') it.answerLoad(each.which);
        else if (each.op === 'write') it.write(each.key, each.way);
        else if (each.op === 'lease') it.lease(each.client, each.key, each.ttlMs, each.waitMs);
        else if (each.op === 'commit') it.engine.commit();
        else if (each.op === 'gone') it.gone(each.client);
        else if (each.op === 'pause') await it.settle();
        else {
          it.world.scheduler.advance(each.ms);
          it.world.scheduler.settle();
          await it.settle();
        }
      }
      while (it.loads.length > 0) {
        it.answerLoad(0);
        await it.settle();
      }
      for (const each of KEYS) it.get(9, each);
      await it.settle();
      expect(it.violations).toEqual([]);
      it.engine.audit();
      stored += it.stored;
      hits += it.hits;
    }),
    { numRuns: 250 },
  );
  // The rule is easily kept by what never stores.
  expect(stored).toBeGreaterThan(200);
  expect(hits).toBeGreaterThan(200);
});
