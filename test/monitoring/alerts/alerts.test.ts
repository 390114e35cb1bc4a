import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ALERTS_DEFAULT, type AlertRule, type AlertSections } from '../../../src/config';
import { Alert } from '../../../src/monitoring/alerts/alert';
import { type AlertMessage, Alerts } from '../../../src/monitoring/alerts/alerts';
import { type Gauges, Readings } from '../../../src/monitoring/alerts/readings';
import type { MinuteRow } from '../../../src/monitoring/api';
import { Trends } from '../../../src/monitoring/trends/trends';
import { type ManualWorld, manualWorld } from '../../support/manual-world';
import { latencyOf, MINUTE_MS, minuteRow, templateRow } from '../trends/rows';

const RULE: AlertRule = {
  id: 'slow',
  measure: 'p95',
  template: undefined,
  worse: 'above',
  limit: 50,
  clear: 40,
  overMinutes: 5,
  forMs: 30_000,
  clearForMs: 20_000,
  volumeMin: 0,
  severity: 'warning',
};

function house(sections: Partial<AlertSections> = {}) {
  const world = manualWorld();
  const state = { breakers: [] as string[], warm: 0, memory: 0, all: 0, unchanged: 0 };
  const gauges: Gauges = {
    breakersOpen: () => state.breakers,
    warmQueueShare: () => state.warm,
    memoryShare: () => state.memory,
    cameBack: () => ({ all: state.all, unchanged: state.unchanged }),
  };
  const trends = new Trends();
  const readings = new Readings(trends, gauges);
  const messages: AlertMessage[] = [];
  const alerts = new Alerts({
    sections: { rules: ALERTS_DEFAULT, webhook: undefined, minIntervalMs: 300_000, ...sections },
    readings,
    world,
    node: 'here',
    targetMs: () => 50,
    announce: (channel, message) => {
      expect(channel).toBe('__larder__:alerts');
      messages.push(JSON.parse(message.toString()));
    },
  });
  const minute = (row: Partial<MinuteRow>) => {
    const whole = minuteRow({ atMs: world.clock.now, ...row });
    trends.add(whole);
    readings.minute(whole);
    world.scheduler.advance(MINUTE_MS);
  };
  alerts.start();
  const told = () => messages.splice(0).map(({ alert, state: is }) => `${alert} ${is}`);
  return { world, state, alerts, messages, minute, told };
}

describe('one alert', () => {
  const walk = (values: (number | undefined)[]) => {
    const alert = new Alert(RULE, () => 0);
    return values.map((value, i) => {
      alert.look(value, 1_000_000 + i * 10_000);
      return alert.state;
    });
  };

  test('fires after its time, and not if the value was good in between', () => {
    expect(walk([60, 60, 60, 60])).toEqual(['pending', 'pending', 'pending', 'firing']);
    expect(walk([60, 60, 45, 60, 60, 60])).toEqual(['pending', 'pending', 'ok', 'pending', 'pending', 'pending']);
  });

  test('is over once the value was on the good side of `clear` for its time', () => {
    const fired = [60, 60, 60, 60];
    expect(walk([...fired, 45, 45, 45]).slice(4)).toEqual(['firing', 'firing', 'firing']);
    expect(walk([...fired, 40, 45, 40, 40, 40]).slice(4)).toEqual(['clearing', 'firing', 'clearing', 'clearing', 'ok']);
  });

  test('a value that is not known ends what is pending and leaves what fires', () => {
    expect(walk([60, undefined, 60])).toEqual(['pending', 'ok', 'pending']);
    expect(walk([60, 60, 60, 60, undefined, undefined, undefined])[6]).toBe('firing');
  });

  test('below a limit', () => {
    const alert = new Alert(
      { ...RULE, worse: 'below', limit: 0.5, clear: undefined, forMs: 0, clearForMs: 0 },
      () => 0,
    );
    expect([0.5, 0.49, 0.54, 0.56].map((value, i) => [alert.look(value, i + 1), alert.state])).toEqual([
      [false, 'ok'],
      [true, 'firing'],
      [false, 'firing'],
      [true, 'ok'],
    ]);
  });
});

describe('default rules', () => {
  test('nothing is told of a node that does nothing, or does well', () => {
    const { minute, told } = house();
    for (let i = 0; i < 30; i++) minute({});
    for (let i = 0; i < 30; i++) {
      minute({ commands: 900, gets: 900, memoryHits: 850, evicted: 900, loads: 50, latency: latencyOf(900, 3) });
    }
    expect(told()).toEqual([]);
  });

  const bad: [string, Partial<MinuteRow>][] = [
    ['hit-rate', { gets: 1_000, memoryHits: 300 }],
    ['slow', { latency: latencyOf(1_000, 80) }],
    ['load-failures', { loads: 100, loadFailures: 60 }],
    ['eviction-churn', { evicted: 1_000, evictedAskedAgain: 500 }],
    ['disk-errors', { diskErrors: 1 }],
  ];
  test.each(bad)('%s: told once, and once when it is over', (id, row) => {
    const { minute, told } = house();
    for (let i = 0; i < 40; i++) minute(row);
    expect(told()).toEqual([`${id} firing`]);
    const good = { gets: 1_000, memoryHits: 900, loads: 100, evicted: 1_000, latency: latencyOf(1_000, 5) };
    for (let i = 0; i < 40; i++) minute(good);
    expect(told()).toEqual([`${id} resolved`]);
  });

  test('breakers, memory, the warm queue, rules that kill in vain', () => {
    const { state, minute, told, messages } = house();
    state.breakers = ['api'];
    minute({});
    expect(messages[0]!.message).toBe('breaker-open: breakers-open is 1, over 0 (api)');
    expect(told()).toEqual(['breaker-open firing']);
    state.memory = 0.99;
    for (let i = 0; i < 4; i++) minute({});
    expect(told()).toEqual(['memory-limit firing']);
    state.warm = 1;
    for (let i = 0; i < 7; i++) minute({});
    expect(told()).toEqual(['warm-queue firing']);
    for (let i = 0; i < 20; i++) {
      state.all += 100;
      state.unchanged += 95;
      minute({});
    }
    expect(told()).toEqual(['rules-in-vain firing']);
    Object.assign(state, { breakers: [], memory: 0.5, warm: 0 });
    for (let i = 0; i < 15; i++) minute({});
    expect(told().sort()).toEqual(['breaker-open resolved', 'memory-limit resolved', 'warm-queue resolved']);
  });

  test('a lasting drop of the hit rate names the template that it came through', () => {
    const { minute, messages } = house();
    const both = (hits: number) => ({
      gets: 2_000,
      memoryHits: hits + 900,
      templates: [
        templateRow({ template: 'a:{id}', hits, misses: 1_000 - hits, missesEvicted: 1_000 - hits }),
        templateRow({ template: 'b:{id}', hits: 900, misses: 100 }),
      ],
    });
    for (let i = 0; i < 60; i++) minute(both(900));
    for (let i = 0; i < 10; i++) minute(both(600));
    expect(messages.map(({ alert, state }) => [alert, state])).toEqual([['hit-rate-drop', 'firing']]);
    expect(messages[0]!.message).toMatch(/, 15\.0 points of it through a:\{id\} \(evicted\)$/);
  });
});

test('an alert that comes and goes is told of no more often than every min-interval, and then as it stands', () => {
  const rule: AlertRule = { ...RULE, measure: 'breakers-open', limit: 0, clear: 0, forMs: 0, clearForMs: 0 };
  const { world, state, messages, alerts } = house({ rules: [rule], minIntervalMs: 300_000 });
  for (let i = 0; i < 360; i++) {
    state.breakers = i % 2 === 0 ? ['api'] : [];
    world.scheduler.advance(10_000);
  }
  expect(alerts.list[0]!.fired).toBe(180);
  expect(messages.length).toBeLessThanOrEqual(13);
  for (const [i, message] of messages.entries()) expect(message.state).toBe(i % 2 === 0 ? 'firing' : 'resolved');
  const times = messages.map(({ at }) => Date.parse(at));
  for (const [i, at] of times.entries()) if (i > 0) expect(at - times[i - 1]!).toBeGreaterThanOrEqual(300_000);
});

test('a rule of one template looks at its keys only', () => {
  const rule: AlertRule = { ...RULE, measure: 'hit-rate', template: 'a', worse: 'below', limit: 0.5, clear: 0.5 };
  const { minute, told } = house({ rules: [rule] });
  const of = (template: string, hits: number) => templateRow({ template, hits, misses: 100 - hits });
  for (let i = 0; i < 5; i++) minute({ gets: 200, memoryHits: 100, templates: [of('a', 90), of('b', 10)] });
  expect(told()).toEqual([]);
  for (let i = 0; i < 10; i++) minute({ gets: 200, memoryHits: 100, templates: [of('a', 10), of('b', 90)] });
  expect(told()).toEqual(['slow firing']);
});

describe('webhook', () => {
  async function listening(statuses: number[]) {
    const bodies: { body: AlertMessage; token: string | undefined }[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        bodies.push({ body: JSON.parse(Buffer.concat(parts).toString()), token: request.headers.authorization });
        response.writeHead(statuses.shift() ?? 204).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
  }

  /** Real sockets, held time: retries come when time moves, replies when they come. */
  async function until(world: ManualWorld, isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      await new Promise((resolve) => setImmediate(resolve));
      world.scheduler.advance(1_000);
    }
  }

  test('gets each message once it takes it, with the headers of the configuration', async () => {
    const { server, bodies, url } = await listening([500, 429]);
    const webhook = { url, headers: { authorization: 'Bearer x' }, timeoutMs: 60_000 };
    const { world, state, alerts } = house({ webhook, minIntervalMs: 0 });
    state.breakers = ['api'];
    await until(world, () => alerts.webhook!.sent === 1);
    state.breakers = [];
    await until(world, () => alerts.webhook!.sent === 2);
    alerts.stop();
    server.close();
    expect(bodies.map(({ body }) => `${body.alert} ${body.state}`)).toEqual([
      ...Array(3).fill('breaker-open firing'),
      'breaker-open resolved',
    ]);
    expect(bodies[0]!.token).toBe('Bearer x');
  });

  test('gives up after 4 tries, at once where it is refused, and follows no redirect', async () => {
    const { server, bodies, url } = await listening([500, 500, 500, 500, 403, 302]);
    const { world, alerts } = house({ webhook: { url, headers: {}, timeoutMs: 60_000 }, rules: [] });
    for (let i = 0; i < 3; i++) alerts.webhook!.send(Buffer.from(`{"i":${i}}`));
    await until(world, () => alerts.webhook!.failed === 3);
    alerts.stop();
    server.close();
    expect(bodies.map(({ body }) => body)).toEqual([{ i: 0 }, { i: 0 }, { i: 0 }, { i: 0 }, { i: 1 }, { i: 2 }]);
  });

  test('keeps at most 100 messages for one that does not answer', async () => {
    const { alerts } = house({ webhook: { url: 'http://127.0.0.1:1/', headers: {}, timeoutMs: 60_000 }, rules: [] });
    for (let i = 0; i < 300; i++) alerts.webhook!.send(Buffer.from('{}'));
    expect(alerts.webhook!.waiting).toBe(100);
    expect(alerts.webhook!.dropped).toBe(199);
    alerts.stop();
  });
});
