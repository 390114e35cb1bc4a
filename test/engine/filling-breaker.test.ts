import fc from 'fast-check';
import { Fault } from '../../src/base/fault';
import { Breaker } from '../../src/engine/filling/breaker';
import { failure } from '../../src/loaders/loader';
import { manualWorld } from '../support/manual-world';
import { DOWN, FillingHouse, key } from './filling-house';

const LIMITS = { breakerFailures: 3, breakerRetryMs: 1_000, breakerRetryMaxMs: 4_000 };

describe('a breaker', () => {
  type Step = { wait: number } | { call: boolean } | { late: boolean };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.integer({ min: 1, max: 3_000 }).map((wait) => ({ wait })),
    fc.boolean().map((call) => ({ call })),
    fc.boolean().map((late) => ({ late })),
  );

  /** The plain model: when it must be closed, and how long it may be open. */
  test('lets calls through while the source answers, one at a time while it does not, and opens for a bounded time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer(), (steps, seed) => {
        const world = manualWorld(seed);
        const breaker = new Breaker(world, LIMITS);
        let [inRow, calls, failures] = [0, 0, 0];
        for (const each of steps) {
          if ('wait' in each) world.scheduler.advance(each.wait);
          else if ('late' in each) {
            // The end of a call that began before: only a closed breaker listens.
            const was = breaker.state;
            if (was === 'closed') continue;
            if (each.late) breaker.succeeded(false);
            else breaker.failed(false);
            expect(breaker.state).toBe(was);
          } else if (breaker.mayCall) {
            const wasClosed = breaker.state === 'closed';
            const decides = breaker.begin();
            expect(decides).toBe(!wasClosed);
            if (decides) expect(breaker.mayCall).toBe(false);
            calls++;
            if (each.call) breaker.succeeded(decides);
            else breaker.failed(decides);
            if (each.call) inRow = 0;
            else inRow++;
            if (!each.call) failures++;
            if (each.call && decides) [calls, failures] = [0, 0];
            const mustOpen = decides ? !each.call : inRow >= LIMITS.breakerFailures;
            const mayOpen = mustOpen || (calls >= 20 && failures >= 10);
            if (mustOpen) expect(breaker.state).toBe('open');
            if (breaker.state === 'open') expect(mayOpen).toBe(true);
          } else expect(breaker.retryInMs).toBeLessThanOrEqual(LIMITS.breakerRetryMaxMs);
        }
      }),
    );
  });

  test('waits longer each time that its one call fails, up to the limit', () => {
    const world = manualWorld();
    const breaker = new Breaker(world, LIMITS);
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) breaker.failed(breaker.begin());
    for (let i = 0; i < 5; i++) {
      waits.push(breaker.retryInMs);
      world.scheduler.advance(breaker.retryInMs);
      breaker.failed(breaker.begin());
    }
    [1_000, 2_000, 4_000, 4_000, 4_000].forEach((most, i) => {
      expect(waits[i]).toBeGreaterThanOrEqual(most * 0.75);
      expect(waits[i]).toBeLessThanOrEqual(most);
    });
  });

  test('opens as well when most of many calls fail, never in a row', () => {
    const breaker = new Breaker(manualWorld(), { ...LIMITS, breakerFailures: 100 });
    for (let i = 0; i < 30 && breaker.state === 'closed'; i++) {
      if (i % 3 === 0) breaker.succeeded(breaker.begin());
      else breaker.failed(breaker.begin());
    }
    expect(breaker.state).toBe('open');
  });

  test('does what Retry-After asks, up to a minute', () => {
    const world = manualWorld();
    const breaker = new Breaker(world, LIMITS);
    breaker.failed(breaker.begin(), 30_000);
    expect(breaker.retryInMs).toBe(30_000);
    world.scheduler.advance(30_000);
    breaker.failed(breaker.begin(), 3_600_000);
    expect(breaker.retryInMs).toBe(60_000);
  });
});

describe('a source that is dead', () => {
  let house: FillingHouse;
  afterEach(() => house.end());

  async function die(limits = {}): Promise<void> {
    house = new FillingHouse({ fill: limits });
    for (let i = 0; i < 5; i++) {
      const read = house.get(`a:${i}`);
      await house.call1.answer(DOWN);
      await expect(read).rejects.toEqual(new Fault('ERR loader: connection refused'));
    }
  }

  test('is asked no more, and readers are told at once', async () => {
    await die();
    await expect(house.get('a:9')).rejects.toEqual(new Fault('ERR loader: a is unavailable (connection refused)'));
    expect(house.calls).toHaveLength(0);
    expect(house.source('a')).toMatchObject({ breaker: 'open', refused: 1, failures: 5 });
    void house.get('b:1');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('v');
  });

  test('60 s of readers of many keys make few calls, and it is back within 5 s', async () => {
    await die();
    const before = house.asked.length;
    for (let ms = 0; ms < 60_000; ms += 100) {
      for (let i = 0; i < 5; i++) void house.get(`a:${ms + i}`);
      while (house.calls.length > 0) await house.call1.answer(DOWN);
      house.world.scheduler.advance(100);
    }
    // One call at 1, 2 and 4 s, then every 3 to 4.
    expect(house.asked.length - before).toBeLessThanOrEqual(22);
    let waited = 0;
    for (; waited <= 5_000; waited += 100) {
      const read = house.get('a:back');
      if (house.calls.length > 0) {
        await house.call1.answer('v');
        expect(await read).toBe('v');
        break;
      }
      house.world.scheduler.advance(100);
    }
    expect(waited).toBeLessThanOrEqual(5_000);
    expect(house.source('a').breaker).toBe('closed');
    // What failed meanwhile may be asked for at once.
    void house.get('a:0');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('v');
  });

  test('ends the wait of those in line', async () => {
    house = new FillingHouse({ loadsMax: 5 });
    const readers = Array.from({ length: 8 }, (_, i) => house.get(`a:${i}`));
    while (house.calls.length > 0) await house.call1.answer(DOWN);
    const told = await Promise.allSettled(readers);
    expect(house.asked).toHaveLength(8);
    expect(told.every(({ status }) => status === 'rejected')).toBe(true);
    expect(house.engine.filling.stats).toMatchObject({ underWay: 0, waiters: 0 });
  });

  test('an answer that says no for good is an answer: it does not open the breaker', async () => {
    house = new FillingHouse();
    for (let i = 0; i < 30; i++) {
      void house.get(`a:${i}`);
      await house.call1.answer(failure('HTTP 403', false));
    }
    expect(house.source('a')).toMatchObject({ breaker: 'closed', failures: 30 });
  });

  test('Retry-After opens it at once', async () => {
    house = new FillingHouse();
    void house.get('a:1');
    await house.call1.answer({ ...failure('HTTP 429', true), retryAfterMs: 7_000 });
    expect(house.source('a')).toMatchObject({ breaker: 'open', retryInMs: 7_000 });
  });
});

describe('a key whose loads fail', () => {
  let house: FillingHouse;
  afterEach(() => house.end());

  test('may be loaded again at once the first time, then ever more seldom', async () => {
    house = new FillingHouse({ fill: { backOffMs: 100, backOffMaxMs: 1_000, breakerFailures: 1_000 } });
    const asks: number[] = [];
    for (let ms = 0; ms < 5_000; ms += 10) {
      void house.get('a:1');
      // Another key answers: the source is alive.
      void house.get(`a:ok${ms}`);
      for (const call of [...house.calls]) {
        if (call.keys[0] === 'a:1') asks.push(ms);
        await call.answer(call.keys[0] === 'a:1' ? DOWN : 'v');
      }
      house.world.scheduler.advance(10);
    }
    expect(asks.slice(0, 2)).toEqual([0, 10]);
    const pauses = asks.slice(1).map((at, i) => at - asks[i]!);
    expect(Math.max(...pauses)).toBeGreaterThan(400);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_010);
    expect(asks.length).toBeLessThan(16);
    expect(house.counters.loadsBackedOff).toBeGreaterThan(400);
  });

  test('FETCH FRESH asks all the same, and success forgets the failures', async () => {
    house = new FillingHouse();
    for (let i = 0; i < 2; i++) {
      void house.get('a:1');
      await house.call1.answer(DOWN);
    }
    await expect(house.get('a:1')).rejects.toEqual(new Fault('ERR loader: connection refused'));
    const fetched = house.fetch('a:1', { fresh: true });
    await house.call1.answer('v');
    expect(await fetched).toBe('v');
    void house.engine.remove(0, key('a:1'));
    void house.get('a:1');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('v');
  });
});
