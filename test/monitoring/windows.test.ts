import { bytesOf } from '../../src/base/bytes';
import { type MinuteRow, OTHER_TEMPLATES, TEMPLATES_MAX } from '../../src/monitoring/api';
import { type Observed, observed } from './sources';

const MB = 1024 ** 2;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const key = (name: string) => bytesOf(name);

function started(): Observed {
  const house = observed();
  house.measuring.start();
  return house;
}

/** So much later; in one step but for the last period. */
function later({ world }: Observed, ms: number): void {
  world.clock.now += ms - 10 * SECOND;
  world.scheduler.advance(10 * SECOND);
}

/** One hit and one miss. */
function ask({ engine }: Observed): void {
  engine.set(0, key('here'), bytesOf('value'));
  engine.get(0, key('here'));
  engine.get(0, key('missing'));
}

test('each window forgets in its own time', () => {
  const house = started();
  const { measuring } = house;
  const gets = () => (['1m', '5m', '1h', '24h'] as const).map((window) => measuring.window(window).gets);
  ask(house);
  expect(gets()).toEqual([2, 2, 2, 2]);
  later(house, 70 * SECOND);
  expect(gets()).toEqual([0, 2, 2, 2]);
  later(house, 5 * MINUTE);
  expect(gets()).toEqual([0, 0, 2, 2]);
  later(house, HOUR);
  expect(gets()).toEqual([0, 0, 0, 2]);
  later(house, 24 * HOUR);
  expect(gets()).toEqual([0, 0, 0, 0]);
  expect(measuring.totals().gets).toBe(2);
});

test('says how much time it really covers', () => {
  const { world, measuring } = started();
  world.scheduler.advance(25 * SECOND);
  expect(measuring.window('5m').seconds).toBe(25);
  world.scheduler.advance(6 * MINUTE);
  const { seconds } = measuring.window('5m');
  expect(seconds).toBeGreaterThan(290 - 1);
  expect(seconds).toBeLessThanOrEqual(300);
  expect(measuring.window('1m').seconds).toBeLessThanOrEqual(60);
});

test('all that happens in an hour is in the hour, whenever it is looked at', () => {
  const house = started();
  for (let minute = 0; minute < 50; minute++) {
    ask(house);
    if (minute % 7 === 0) house.measuring.window('1h');
    later(house, MINUTE);
  }
  const { gets, hits, hitRate, misses, missesTotal, layers } = house.measuring.window('1h');
  expect({ gets, hits, hitRate, missesTotal }).toEqual({ gets: 100, hits: 50, hitRate: 0.5, missesTotal: 50 });
  expect(misses.absent).toBe(50);
  expect(layers[0]).toMatchObject({ layer: 'memory', gets: 100, hits: 50 });
});

test('the clock jumps over everything', () => {
  const house = started();
  ask(house);
  house.world.clock.now += 40 * 24 * HOUR;
  house.world.scheduler.advance(10 * SECOND);
  expect(house.measuring.window('24h').gets).toBeLessThanOrEqual(2);
  later(house, 24 * HOUR);
  expect(house.measuring.window('24h').gets).toBe(0);
});

test('counters that are set back do not count backwards', () => {
  const house = started();
  for (let i = 0; i < 10; i++) ask(house);
  house.measuring.window('1m');
  house.engine.core.counters.reset();
  ask(house);
  expect(house.measuring.window('1m')).toMatchObject({ gets: 22, hits: 11 });
});

test('STATS RESET begins anew, but what belongs to this minute stays in its row', () => {
  const house = started();
  const rows: MinuteRow[] = [];
  house.measuring.onMinute((row) => rows.push(row));
  ask(house);
  house.reports.reset();
  expect(house.measuring.window('1h')).toMatchObject({ gets: 0, seconds: 0 });
  expect(house.measuring.totals()).toMatchObject({ gets: 0, commands: 0 });
  ask(house);
  expect(house.measuring.totals().gets).toBe(2);
  house.world.scheduler.advance(MINUTE);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ gets: 4, memoryHits: 2 });
});

test('a row a minute, on the minute', () => {
  const house = started();
  const rows: MinuteRow[] = [];
  const cancel = house.measuring.onMinute((row) => rows.push(row));
  house.world.scheduler.advance(3 * MINUTE);
  ask(house);
  house.world.scheduler.advance(MINUTE);
  expect(rows.map(({ atMs }) => atMs % MINUTE)).toEqual([0, 0, 0, 0]);
  expect(new Set(rows.map(({ atMs }) => atMs)).size).toBe(4);
  expect(rows.map(({ gets }) => gets)).toEqual([0, 0, 0, 2]);
  expect(rows.slice(1).map(({ seconds }) => seconds)).toEqual([60, 60, 60]);
  expect(house.measuring.recentMinutes()).toEqual(
    rows.map((row) => expect.objectContaining({ atMs: row.atMs, gets: row.gets })),
  );
  cancel();
  house.world.scheduler.advance(MINUTE);
  expect(rows).toHaveLength(4);
});

test('how late the event loop is', () => {
  const house = started();
  house.world.scheduler.advance(10 * SECOND);
  const { eventLoop } = house.measuring.window('1m');
  expect(eventLoop.count).toBeGreaterThan(400);
  house.world.clock.now += 500;
  house.world.scheduler.advance(100);
  expect(house.measuring.window('1m').eventLoop.maxMs).toBeGreaterThan(450);
});

test('who has most to do gets a slot of its own, and nothing is lost when it does', () => {
  const house = observed({
    build: { families: { any: true, match: (text) => familyNamed(text.split(':')[0]!) } },
  });
  house.measuring.start();
  const askFor = (name: string, times: number) => {
    for (let i = 0; i < times; i++) house.engine.get(0, key(`${name}:k`));
  };
  for (let i = 0; i < TEMPLATES_MAX; i++) askFor(`t${i}`, 2);
  for (let minute = 0; minute < 5; minute++) {
    askFor('late', 100);
    later(house, MINUTE);
  }
  const { templates } = house.measuring.totals();
  expect(templates[0]).toMatchObject({ template: 'late', gets: 400 });
  expect(templates[1]).toMatchObject({ template: OTHER_TEMPLATES, gets: 102 });
  expect(house.measuring.window('1h').templates.reduce((sum, { gets }) => sum + gets, 0)).toBe(2 * TEMPLATES_MAX + 500);
  house.measuring.stop();
});

test('all of it fits into 16 MB, with as many templates as there may be', () => {
  const names = Array.from({ length: 300 }, (_, i) => `t${i}:{id}`);
  const house = observed({
    build: {
      families: {
        any: true,
        match: (text) => familyNamed(names[Number(text.split(':')[0])]!),
      },
    },
  });
  house.measuring.start();
  expect(house.measuring.memoryBytes).toBeLessThan(8 * MB);
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < names.length; i++) {
      house.measuring.observer.loaded({
        db: 0,
        key: Buffer.from(`${i}:k`),
        family: names[i]!,
        tookMs: 3,
        quiet: false,
        outcome: 'loaded',
      });
      house.engine.get(0, key(`${i}:k`));
    }
    later(house, HOUR);
  }
  const { templates } = house.measuring.totals();
  expect(templates).toHaveLength(TEMPLATES_MAX + 1);
  expect(templates.reduce((sum, { loads }) => sum + loads, 0)).toBe(40 * names.length);
  expect(templates.reduce((sum, { missesTotal }) => sum + missesTotal, 0)).toBe(40 * names.length);
  expect(house.measuring.memoryBytes).toBeLessThan(12 * MB);
  house.measuring.stop();
});

function familyNamed(name: string) {
  return {
    name,
    tags: [],
    dependsOn: [],
    ttlMs: 0,
    jitter: 0,
    onDisk: true,
    diskMinTtlMs: 0,
    diskMaxValueBytes: 1e6,
    fence: false,
    load: null,
  };
}
