import { CronTimes } from '../../src/base/cron';

const DAY = 86_400_000;

function timesFrom(cron: CronTimes, fromMs: number, count: number): string[] {
  const times: string[] = [];
  for (let at = fromMs; times.length < count; ) {
    at = cron.after(at)!;
    times.push(new Date(at).toISOString());
  }
  return times;
}

test('times are in UTC, or in the zone', () => {
  const from = Date.parse('2026-01-05T04:00:00Z');
  expect(timesFrom(new CronTimes('0 5 * * *'), from, 2)).toEqual([
    '2026-01-05T05:00:00.000Z',
    '2026-01-06T05:00:00.000Z',
  ]);
  expect(timesFrom(new CronTimes('0 5 * * *', 'Asia/Tokyo'), from, 1)).toEqual(['2026-01-05T20:00:00.000Z']);
  expect(timesFrom(new CronTimes('*/20 * * * *'), from, 3).map((time) => time.slice(11, 16))).toEqual([
    '04:20',
    '04:40',
    '05:00',
  ]);
});

test.each(['2026-03-27T00:00:00Z', '2026-10-23T00:00:00Z'])(
  'once a day, also when clocks are changed (from %s)',
  (from) => {
    const times = timesFrom(new CronTimes('30 2 * * *', 'Europe/Berlin'), Date.parse(from), 5).map(Date.parse);
    for (let i = 1; i < times.length; i++) {
      expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(DAY - 3_600_000);
      expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(DAY + 3_600_000);
    }
  },
);

test('a time that never comes', () => {
  expect(new CronTimes('0 0 31 2 *').after(0)).toBeUndefined();
});

test.each([
  ['61 * * * *', '', /61/],
  ['* * *', '', /five/],
  ['', '', /./],
  ['* * * * *', 'Mars/X', /there is no time zone 'Mars\/X'/],
])('%j in %j is refused in one line', (expression, zone, what) => {
  const made = () => new CronTimes(expression, zone);
  expect(made).toThrow(what);
  expect(made).toThrow(/^[\x20-\x7e]+$/);
});
