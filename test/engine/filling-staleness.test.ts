import { Fault } from '../../src/base/fault';
import type { Staleness } from '../../src/engine/families';
import { failure } from '../../src/loaders/loader';
import { loadedValue } from './family';
import { DOWN, FillingHouse, key } from './filling-house';

let house: FillingHouse;
afterEach(() => house.end());

/** Keys live a second and have a grace of ten. */
function open(staleness: Staleness = {}, graceMs = 10_000): void {
  house = new FillingHouse({ family: { graceMs }, load: { staleness } });
}

const ttlOf = () => house.engine.expiresAt(house.engine.locate(0, key('a:1')) as number) - house.world.clock.now;

describe('within its grace, a stale value', () => {
  test('is served at once while one load is under way', async () => {
    open();
    await house.fill('a:1', 'v1');
    await house.advance(1_000);
    expect([await house.get('a:1'), await house.get('a:1')]).toEqual(['v1', 'v1']);
    expect(house.calls).toHaveLength(1);
    await house.call1.answer('v2');
    expect(await house.get('a:1')).toBe('v2');
    expect(house.counters).toMatchObject({ staleHits: 2, refreshes: 1, refreshesChanged: 1 });
  });

  test('with a soft timeout, the new one is waited for so long', async () => {
    open({ softTimeoutMs: 50 });
    await house.fill('a:1', 'v1');
    await house.advance(1_000);
    const quick = house.get('a:1');
    await house.call1.answer('v2');
    expect(await quick).toBe('v2');
    await house.advance(1_000);
    const [slow, other] = [house.get('a:1'), house.get('a:1')];
    await house.advance(49);
    expect(house.engine.filling.stats.waiters).toBe(2);
    await house.advance(1);
    expect([await slow, await other]).toEqual(['v2', 'v2']);
    expect(house.engine.filling.stats).toMatchObject({ waiters: 0, underWay: 1 });
    await house.call1.answer('v3');
    expect(await house.get('a:1')).toBe('v3');
    expect(house.counters.softTimeouts).toBe(2);
  });

  test('is served instead of an error', async () => {
    open({ softTimeoutMs: 50 });
    await house.fill('a:1', 'v1');
    await house.advance(1_000);
    const read = house.get('a:1');
    await house.call1.answer(DOWN);
    expect(await read).toBe('v1');
    expect(house.counters.staleOnError).toBe(1);
    expect(await house.get('a:1')).toBe('v1');
    expect(house.calls).toHaveLength(0);
  });

  test('F62: is never served after its grace, and with stale-if-error not so long after a failure', async () => {
    open({ staleIfErrorMs: 3_000 });
    await house.fill('a:1', 'v1');
    for (let ms = 0; ms < 16_000; ms += 250) {
      const ageMs = ms - 1_000;
      const read = house.get('a:1');
      while (house.calls.length > 0) await house.call1.answer(DOWN);
      if (ageMs <= 3_000) expect(await read).toBe('v1');
      else await expect(read).rejects.toMatchObject({ reply: expect.stringContaining('connection refused') });
      await house.advance(250);
    }
  });

  test('F63: once it is invalidated it is an error, never the old value, whoever waits', async () => {
    open({ softTimeoutMs: 50 });
    await house.fill('a:1', 'v1');
    await house.advance(1_000);
    const before = house.get('a:1');
    void house.engine.invalidateKeys(0, [key('a:1')]);
    const after = house.get('a:1');
    await house.advance(60);
    expect(house.engine.filling.stats.waiters).toBe(2);
    while (house.calls.length > 0) await house.call1.answer(DOWN);
    const refused = new Fault('ERR loader: connection refused');
    await expect(before).rejects.toEqual(refused);
    await expect(after).rejects.toEqual(refused);
    const again = house.get('a:1');
    while (house.calls.length > 0) await house.call1.answer(DOWN);
    await expect(again).rejects.toEqual(refused);
  });
});

describe('refresh ahead', () => {
  test('at a share of its time: the next read begins a load, the value is fresh all the while', async () => {
    open({ refreshAhead: { kind: 'share', share: 0.8 } }, 0);
    await house.fill('a:1', 'v1');
    expect(ttlOf()).toBe(1_000);
    await house.advance(799);
    expect(await house.get('a:1')).toBe('v1');
    expect(house.calls).toHaveLength(0);
    await house.advance(1);
    expect(ttlOf()).toBe(200);
    expect([await house.get('a:1'), await house.get('a:1')]).toEqual(['v1', 'v1']);
    expect(house.calls).toHaveLength(1);
    expect(house.counters).toMatchObject({ staleHits: 0, refreshesAhead: 1 });
    await house.call1.answer('v2');
    expect(await house.get('a:1')).toBe('v2');
    expect(ttlOf()).toBe(1_000);
    expect(house.calls).toHaveLength(0);
  });

  test('nobody reads it: nothing is loaded, and it expires in its time', async () => {
    open({ refreshAhead: { kind: 'share', share: 0.8 } }, 0);
    await house.fill('a:1', 'v1');
    await house.advance(900);
    expect(house.engine.countLive(0, [key('a:1')], false)).toBe(1);
    await house.advance(100);
    expect(house.engine.countLive(0, [key('a:1')], false)).toBe(0);
    expect(house.asked).toEqual(['a:1']);
  });

  test('a failure changes nothing before the end', async () => {
    open({ refreshAhead: { kind: 'share', share: 0.5 } }, 0);
    await house.fill('a:1', 'v1');
    await house.advance(500);
    await house.get('a:1');
    await house.call1.answer(DOWN);
    expect(await house.get('a:1')).toBe('v1');
    expect(house.calls).toHaveLength(0);
    expect(ttlOf()).toBe(500);
  });

  test('EXPIRE, KEEPTTL and a soft invalidation know its whole time', async () => {
    open({ refreshAhead: { kind: 'share', share: 0.5 } });
    await house.fill('a:1', 'v1');
    await house.advance(600);
    const { engine } = house;
    void engine.expire(0, engine.locate(0, key('a:1')) as number, house.world.clock.now + 5_000);
    expect(ttlOf()).toBe(5_000);
    expect(await house.get('a:1')).toBe('v1');
    expect(house.calls).toHaveLength(0);
    engine.set(0, key('a:1'), key('set'), { expiresAt: -1 });
    expect(ttlOf()).toBe(5_000);
    await house.fill('a:2', 'v1');
    await house.advance(600);
    expect((engine.invalidate({ keys: [key('a:2')], soft: true }) as { soft: number }).soft).toBe(1);
    expect(await house.get('a:2')).toBe('v1');
    expect(house.counters.staleHits).toBe(1);
    await house.call1.answer('v2');
  });

  test('a hard invalidation kills it like any other', async () => {
    open({ refreshAhead: { kind: 'share', share: 0.5 } });
    await house.fill('a:1', 'v1');
    await house.advance(600);
    await house.get('a:1');
    void house.engine.invalidateKeys(0, [key('a:1')]);
    await house.call1.answer('old');
    const read = house.get('a:1');
    await house.call1.answer('new');
    expect(await read).toBe('new');
  });

  test('early: at random, and the sooner the more its load costs', async () => {
    const refreshedAt = async (costMs: number) => {
      const at: number[] = [];
      for (let seed = 0; seed < 30; seed++) {
        const load = { staleness: { refreshAhead: { kind: 'early' } as const } };
        house = new FillingHouse({ family: { ttlMs: 10_000 }, load }, seed);
        await house.fill('a:1', loadedValue('v', { costUs: costMs * 1_000 }));
        for (let ms = 0; ms < 10_000 && house.calls.length === 0; ms += 50) {
          await house.get('a:1');
          if (house.calls.length > 0) at.push(ms);
          house.world.scheduler.advance(50);
        }
        while (house.calls.length > 0) await house.call1.answer('v');
      }
      return at;
    };
    const [cheap, dear] = [await refreshedAt(20), await refreshedAt(500)];
    const mean = (all: readonly number[]) => all.reduce((sum, each) => sum + each, 0) / all.length;
    expect(Math.min(...cheap)).toBeGreaterThan(9_700);
    expect(mean(dear)).toBeLessThan(9_000);
    expect(new Set(dear).size).toBeGreaterThan(5);
  });
});

describe('a validator', () => {
  beforeEach(() => open());

  const etag = (text: string) => loadedValue(text, { validator: `"${text}"` });

  test('is given back, and "unchanged" lengthens the life of what is there', async () => {
    await house.fill('a:1', etag('v1'));
    await house.advance(1_500);
    expect(await house.get('a:1')).toBe('v1');
    expect(house.call1.validator).toBe('"v1"');
    await house.call1.answer({ kind: 'unchanged' });
    expect(ttlOf()).toBe(1_000);
    expect(await house.get('a:1')).toBe('v1');
    expect(house.calls).toHaveLength(0);
    expect(house.counters).toMatchObject({ refreshesUnchanged: 1, staleHits: 1, originHits: 1 });
  });

  test('is not given for a value that is not the one it is of', async () => {
    await house.fill('a:1', etag('v1'));
    house.engine.set(0, key('a:1'), key('set'), { expiresAt: house.world.clock.now + 100 });
    await house.advance(100);
    expect(await house.get('a:1')).toBe('set');
    expect(house.call1.validator).toBeUndefined();
    await house.call1.answer(etag('v2'));
    expect(await house.get('a:1')).toBe('v2');
  });

  test('"unchanged" of what left meanwhile is asked again without it', async () => {
    await house.fill('a:1', etag('v1'));
    const read = house.fetch('a:1', { fresh: true });
    expect(house.call1.validator).toBe('"v1"');
    const { core } = house.engine;
    core.remove(core.findLive(core.dbs.of(0), key('a:1')), 'evicted');
    await house.call1.answer({ kind: 'unchanged' });
    expect(house.call1.validator).toBeUndefined();
    await house.call1.answer(etag('v1'));
    expect(await read).toBe('v1');
  });

  test('"unchanged" that an invalidation overtook is nothing', async () => {
    await house.fill('a:1', etag('v1'));
    await house.advance(1_000);
    await house.get('a:1');
    void house.engine.invalidateKeys(0, [key('a:1')]);
    await house.call1.answer({ kind: 'unchanged' });
    expect(house.engine.locate(0, key('a:1'))).toBe(0);
    const read = house.get('a:1');
    expect(house.call1.validator).toBeUndefined();
    await house.call1.answer(etag('v2'));
    expect(await read).toBe('v2');
  });

  test('a soft invalidation that came during the load leaves it stale', async () => {
    house = new FillingHouse({ family: { graceMs: 10_000, tags: ['t'] } });
    await house.fill('a:1', etag('v1'));
    await house.advance(1_000);
    await house.get('a:1');
    void house.engine.invalidate({ tags: ['t'], soft: true });
    await house.call1.answer({ kind: 'unchanged' });
    expect(await house.get('a:1')).toBe('v1');
    expect(house.calls).toHaveLength(1);
    await house.call1.answer(etag('v2'));
    expect(await house.get('a:1')).toBe('v2');
  });
});

test('the period follows how often the value changes, within its bounds', async () => {
  open({ refreshMinMs: 400, refreshMaxMs: 4_000 });
  await house.fill('a:1', 'v');
  const periods = [ttlOf()];
  const next = async (value: string) => {
    await house.advance(ttlOf());
    await house.get('a:1');
    await house.call1.answer(value);
    periods.push(ttlOf());
  };
  for (let i = 0; i < 5; i++) await next('v');
  for (let i = 0; i < 5; i++) await next(`changed ${i}`);
  expect(periods).toEqual([1_000, 1_500, 2_250, 3_375, 4_000, 4_000, 2_000, 1_000, 500, 400, 400]);
});

test('what is refreshed ahead and never read again is counted as wasted', async () => {
  open({ refreshAhead: { kind: 'share', share: 0.5 } }, 0);
  for (const name of ['a:1', 'a:2']) await house.fill(name, 'v1');
  await house.advance(500);
  for (const name of ['a:1', 'a:2']) await house.get(name);
  while (house.calls.length > 0) await house.call1.answer('v2');
  await house.get('a:1');
  await house.advance(950);
  house.engine.filling.settle();
  expect(house.counters).toMatchObject({ refreshesUsed: 1, refreshesWasted: 1 });
});

test('what the origin no longer has is gone, also when it is stale', async () => {
  open();
  await house.fill('a:1', 'v1');
  await house.advance(1_000);
  await house.get('a:1');
  await house.call1.answer({ kind: 'absent' });
  expect(house.engine.locate(0, key('a:1'))).toBe(0);
});

test('"do not store" is for those who wait only', async () => {
  open();
  const read = house.get('a:1');
  await house.call1.answer({ ...loadedValue('v'), kind: 'value', store: false } as never);
  expect(await read).toBe('v');
  expect(house.engine.locate(0, key('a:1'))).toBe(0);
});

test('a failure that cannot be helped is an error as well', async () => {
  open();
  const read = house.get('a:1');
  await house.call1.answer(failure('response larger than 10 bytes', false));
  await expect(read).rejects.toEqual(new Fault('ERR loader: response larger than 10 bytes'));
});
