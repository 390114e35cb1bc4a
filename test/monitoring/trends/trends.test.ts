import type { MinuteRow } from '../../../src/monitoring/api';
import { restoreTrends } from '../../../src/monitoring/trends/restore';
import { type TrendChange, Trends } from '../../../src/monitoring/trends/trends';
import { HOUR_MS, latencyOf, MINUTE_MS, minuteRow, START_MS, type Traffic, templateRow, traffic } from './rows';

const DAY = 1440;
const WEEK = 7 * DAY;

/** Three kinds of keys; from `atMinute` on, `user:{id}` has `drop` less. */
function shop(options: Partial<Traffic> = {}, atMinute = Infinity, drop = 0.25): Traffic {
  return {
    families: [
      { template: 'user:{id}', share: 0.4, hitRate: (minute) => 0.9 - (minute >= atMinute ? drop : 0) },
      { template: 'feed:{id}', share: 0.35, hitRate: () => 0.75 },
      { template: 'page:{id}', share: 0.25, hitRate: () => 0.97 },
    ],
    dayGets: 4_000,
    nightGets: 300,
    ...options,
  };
}

function found(rows: Iterable<MinuteRow>, trends = new Trends()): TrendChange[] {
  const began: TrendChange[] = [];
  for (const row of rows) {
    for (const change of trends.add(row)) if (change.endedAtMs === undefined) began.push(change);
  }
  return began;
}

describe('7 days of noise', () => {
  const calm: [string, Partial<Traffic>][] = [
    ['chance alone', {}],
    ['quiet nights', { dayGets: 1_000, nightGets: 12 }],
    ['hit rates that swing with the day', { swing: 0.04 }],
    ['unrest that lasts for minutes', { unrest: 0.01 }],
    ['much traffic', { dayGets: 3_000_000, nightGets: 100_000, swing: 0.03, unrest: 0.005 }],
  ];
  test.each(calm)('%s: no alarm', (_name, options) => {
    for (const seed of [1, 2]) {
      expect({ seed, found: found(traffic(shop(options), WEEK, seed)) }).toEqual({ seed, found: [] });
    }
  });
});

describe('a drop of 10 points of all', () => {
  // 25 points of what is 40 % of the gets.
  const places: [string, number][] = [
    ['an hour after the start', 60],
    ['at night', DAY + 20],
    ['in the morning', DAY + 7 * 60],
    ['at noon of the second day', DAY + 720],
    ['in the fourth night, when days are known', 3 * DAY + 1_200],
  ];
  test.each(places)('%s: found within 10 minutes, with its template', (_name, atMinute) => {
    for (const seed of [11, 12]) {
      for (const options of [seed === 11 ? {} : { swing: 0.03, unrest: 0.01 }]) {
        const trends = new Trends();
        const began = found(traffic(shop(options, atMinute), atMinute + 10, seed), trends);
        const all = began.find(({ template, measure }) => template === undefined && measure === 'hit-rate');
        expect({ seed, found: all !== undefined }).toEqual({ seed, found: true });
        expect(all!.foundAtMs - START_MS).toBeLessThanOrEqual((atMinute + 10) * MINUTE_MS);
        expect(Math.abs(all!.atMs - START_MS - atMinute * MINUTE_MS)).toBeLessThanOrEqual(3 * MINUTE_MS);
        expect(all!.contributions[0]).toMatchObject({ template: 'user:{id}', cause: 'invalidated' });
        expect(began.every(({ template }) => template === undefined || template === 'user:{id}')).toBe(true);
      }
    }
  });

  test('of a single template of 100 gets a minute', () => {
    for (const seed of [21, 22, 23, 24, 25, 26, 27, 28]) {
      const at = 500;
      const one: Traffic = {
        families: [{ template: 'a:{id}', share: 1, hitRate: (minute) => (minute < at ? 0.9 : 0.8) }],
        dayGets: 150,
        nightGets: 150,
      };
      const began = found(traffic(one, at + 10, seed)).filter(({ measure }) => measure === 'hit-rate');
      expect({ seed, found: began.map(({ template }) => template) }).toEqual({ seed, found: [undefined, 'a:{id}'] });
    }
  });

  test('it ends when it is as before, and becomes usual after two hours', () => {
    const trends = new Trends();
    const rate = (minute: number) => ((minute >= 300 && minute < 340) || minute >= 600 ? 0.8 : 0.9);
    const one: Traffic = {
      families: [{ template: 'a:{id}', share: 1, hitRate: rate }],
      dayGets: 1_000,
      nightGets: 1_000,
    };
    for (const row of traffic(one, 900, 31)) trends.add(row);
    const ofAll = trends.changes.filter(({ template }) => template === undefined);
    const minutes = ofAll.map(({ atMs, endedAtMs }) => [atMs, endedAtMs!].map((ms) => (ms - START_MS) / MINUTE_MS));
    expect(minutes).toHaveLength(2);
    expect(minutes[0]![1]).toBeGreaterThan(340);
    expect(minutes[0]![1]).toBeLessThanOrEqual(350);
    expect(minutes[1]![1]! - minutes[1]![0]!).toBeGreaterThanOrEqual(120);
    expect(minutes[1]![1]! - minutes[1]![0]!).toBeLessThanOrEqual(135);
    expect(trends.lasting).toEqual([]);
  });

  test('what happens every night is usual from the fourth night on', () => {
    const rate = (minute: number) => (minute % DAY >= 120 && minute % DAY < 180 ? 0.6 : 0.9);
    const one: Traffic = {
      families: [{ template: 'a:{id}', share: 1, hitRate: rate }],
      dayGets: 1_000,
      nightGets: 1_000,
    };
    const began = found(traffic(one, WEEK, 32)).filter(({ template }) => template === undefined);
    const nights = began.map(({ atMs }) => Math.floor((atMs - START_MS) / MINUTE_MS / DAY));
    expect(nights).toEqual([0, 1, 2]);
  });
});

describe('other measures', () => {
  test('a p95 that doubles', () => {
    for (const seed of [41, 42, 43]) {
      const began = found(traffic(shop({ p95Ms: (minute) => (minute < 400 ? 10 : 20) }), 410, seed));
      expect(began).toHaveLength(1);
      expect(began[0]).toMatchObject({ measure: 'p95', template: undefined });
      expect(began[0]!.expected).toBeGreaterThan(8);
      expect(began[0]!.expected).toBeLessThan(12);
    }
  });

  test('a p95 of microseconds may double', () => {
    expect(found(traffic(shop({ p95Ms: (minute) => (minute < 400 ? 0.03 : 0.09) }), 600, 44))).toEqual([]);
  });

  test('loads that fail', () => {
    const { families } = shop();
    const failing = { ...families[1]!, failures: (minute: number) => (minute < 400 ? 0.01 : 0.5) };
    const began = found(traffic(shop({ families: [families[0]!, failing, families[2]!] }), 410, 45));
    expect(began.map(({ measure, template }) => [measure, template])).toEqual(
      expect.arrayContaining([
        ['load-failures', undefined],
        ['load-failures', 'feed:{id}'],
      ]),
    );
    expect(began).toHaveLength(2);
  });
});

test('slope, an hour and a day before', () => {
  const trends = new Trends();
  const falling: Traffic = {
    families: [{ template: 'a', share: 1, hitRate: (minute) => 0.9 - 0.02 * Math.max(0, (minute - DAY) / 60) }],
    dayGets: 50_000,
    nightGets: 50_000,
  };
  for (const row of traffic(falling, DAY + 90, 51)) trends.add(row);
  const { hitRate, hourBefore, dayBefore, slope } = trends.hitRate();
  expect(hitRate! - hourBefore!).toBeCloseTo(-0.02, 2);
  expect(hitRate! - dayBefore!).toBeCloseTo(-0.028, 2);
  expect(slope!.perHour).toBeCloseTo(-0.02, 2);
  expect(slope!.errorPerHour).toBeLessThan(0.005);
});

test('fed with the rows of before, it goes on as if it had not been away', async () => {
  const rows = [...traffic(shop({}, 2 * DAY + 300), 2 * DAY + 330, 61)];
  const [straight, restored] = [new Trends(), new Trends()];
  for (const row of rows) straight.add(row);
  const wallMs = START_MS + (2 * DAY + 300) * MINUTE_MS + 30_000;
  const monitoring = {
    minutes: async (fromMs: number, toMs: number) =>
      rows.filter(({ atMs }) => atMs >= fromMs && atMs < Math.min(toMs, wallMs - 30_000)),
  };
  await restoreTrends(restored, monitoring, wallMs, { debug() {}, info() {}, warn() {}, error() {} });
  for (const row of rows) restored.add(row);
  expect(restored.changes).toEqual(straight.changes);
  expect(restored.changes.length).toBeGreaterThan(0);
  expect(restored.states()).toEqual(straight.states());
});

test('templates and changes are bounded', () => {
  const trends = new Trends();
  for (let minute = 0; minute < 500; minute++) {
    const templates = Array.from({ length: 20 }, (_, i) => ({
      ...templateRow({ template: `t${(minute * 20 + i) % 500}`, hits: 90, misses: 10 }),
    }));
    trends.add(minuteRow({ atMs: START_MS + minute * MINUTE_MS, gets: 100, memoryHits: 90, templates }));
  }
  expect(new Set(trends.states().map(({ template }) => template)).size).toBeLessThanOrEqual(201);
  expect(trends.memoryBytes).toBeLessThan(2 ** 21);
});

test('a long gap is not held against anybody, and rows out of order are left out', () => {
  const trends = new Trends();
  for (const row of traffic(shop(), 200, 71)) trends.add(row);
  const later = { atMs: START_MS + 20 * HOUR_MS, gets: 1_000, memoryHits: 100, latency: latencyOf(1_000, 90) };
  for (let i = 0; i < 60; i++)
    expect(trends.add(minuteRow({ ...later, atMs: later.atMs + i * MINUTE_MS }))).toEqual([]);
  expect(trends.add(minuteRow({ ...later, atMs: START_MS }))).toEqual([]);
});
