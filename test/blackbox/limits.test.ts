import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRequest } from '../../protocol/encode-request';
import { connectTo, HAS_REDIS, startRedis } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';
import { WireClient } from './wire-client';

/** Whoever takes too much is let go, and nobody else notices. */

const KB = 1024;
const MB = 1024 * KB;
const PING = '*1\r\n$4\r\nPING\r\n';
const PONG = '+PONG\r\n';
const latin1 = (request: readonly string[]) => encodeRequest(request).toString('latin1');

let larder: RunningLarder | undefined;
let witness: Connection;

async function start(...flags: string[]): Promise<RunningLarder> {
  larder = await startLarder(['--disk', 'off', '--enable-debug-command', 'yes', ...flags]);
  witness = await connectTo(larder.port);
  return larder;
}

afterEach(async () => {
  await larder?.stop();
  larder = undefined;
});

async function infoOf(field: string): Promise<number> {
  const text = (await witness.ask(['INFO', 'everything']))!.text;
  return Number(new RegExp(`\r\n${field}:(\\d+)\r\n`).exec(text)![1]);
}

/** Asks now and then, served all the while, until the field is so much. */
async function untilInfo(field: string, value: number): Promise<void> {
  while ((await infoOf(field)) !== value) expect((await witness.ask(['DEBUG', 'SLEEP', '0.02']))!.text).toBe('OK');
}

describe('maxclients', () => {
  async function refused(port: number, held: number): Promise<string> {
    const clients = await Promise.all(Array.from({ length: held }, () => WireClient.open(port)));
    for (const client of clients) {
      await client.send(PING);
      await client.until(PONG.length);
    }
    const surplus = await WireClient.open(port);
    const received = await surplus.all();
    for (const client of clients) client.destroy();
    return received;
  }

  test('one more is told so and closed; there is room again when one leaves', async () => {
    const { port } = await start('--maxclients', '10');
    expect(await refused(port, 9)).toBe('-ERR max number of clients reached\r\n');
    expect(await infoOf('rejected_connections')).toBe(1);
    await untilInfo('connected_clients', 1);
    const next = await WireClient.open(port);
    await next.send(PING);
    expect(await next.until(PONG.length)).toBe(PONG);
    next.destroy();
  });

  (HAS_REDIS ? test : test.skip)('as redis-server says it', async () => {
    const redis = await startRedis('--maxclients', '10');
    expect(await refused(redis.port, 10)).toBe('-ERR max number of clients reached\r\n');
    await redis.stop();
  });
});

describe('who never reads', () => {
  const COUNT = 200;

  async function neverReading(port: number, request: readonly string[], count: number): Promise<WireClient> {
    const client = await WireClient.open(port);
    client.pause();
    client.push(latin1(request).repeat(count));
    return client;
  }

  test('is no longer served at the pause size, and closed when the soft limit lasted too long', async () => {
    const { port } = await start(
      ...['--client-output-pause-size', '64kb', '--client-output-buffer-limit-soft', '128kb'],
      ...['--client-output-buffer-limit-soft-seconds', '0'],
    );
    await witness.ask(['SET', 'big', 'x'.repeat(256 * KB)]);
    const client = await neverReading(port, ['GET', 'big'], COUNT);
    await untilInfo('client_output_buffer_limit_disconnections', 1);
    const [, calls] = /cmdstat_get:calls=(\d+),/.exec((await witness.ask(['INFO', 'commandstats']))!.text)!;
    expect(Number(calls)).toBeLessThan(COUNT);
    expect(Number(calls)).toBeGreaterThan(0);
    client.resume();
    await client.closed;
    expect(client.received.length).toBeLessThan(COUNT * 256 * KB);
    expect(await infoOf('connected_clients')).toBe(1);
  });

  test('is closed at once above the hard limit', async () => {
    const { port } = await start(
      ...['--client-output-buffer-limit-hard', '2mb', '--client-output-buffer-limit-soft', '2mb'],
    );
    await witness.ask(['SET', 'big', 'x'.repeat(MB)]);
    const client = await neverReading(port, ['MGET', ...Array.from({ length: 16 }, () => 'big')], 1);
    await untilInfo('client_output_buffer_limit_disconnections', 1);
    client.resume();
    await client.closed;
    expect(client.received.length).toBeLessThan(16 * MB);
  });

  test('but waits below its limits gets everything once it reads', async () => {
    const { port } = await start('--client-output-pause-size', '64kb');
    await witness.ask(['SET', 'big', 'x'.repeat(256 * KB)]);
    const reply = `$${256 * KB}\r\n${'x'.repeat(256 * KB)}\r\n`;
    const client = await neverReading(port, ['GET', 'big'], COUNT);
    // Held back: more would have been run by now if it were not.
    await witness.ask(['DEBUG', 'SLEEP', '0.05']);
    const calls = Number(/cmdstat_get:calls=(\d+),/.exec((await witness.ask(['INFO', 'commandstats']))!.text)?.[1]);
    expect(calls).toBeLessThan(COUNT);
    client.resume();
    const received = await client.until(COUNT * reply.length);
    expect(received === reply.repeat(COUNT)).toBe(true);
    expect(await infoOf('client_output_buffer_limit_disconnections')).toBe(0);
    client.destroy();
  });

  test('and gives no password is closed as soon as replies pile up', async () => {
    const { port } = await start('--requirepass', 'secret');
    await witness.ask(['AUTH', 'secret']);
    const client = await WireClient.open(port);
    client.pause();
    // More replies than the kernel holds for both sides.
    const round = latin1(['SET', 'k', 'v']).repeat(10_000);
    void (async () => {
      while (await client.send(round));
    })();
    await untilInfo('client_output_buffer_limit_disconnections', 1);
    client.resume();
    await client.closed;
    expect(await infoOf('connected_clients')).toBe(1);
  });
});

describe('who sends too much', () => {
  test('a request beyond the query buffer limit: closed without a word, counted', async () => {
    const { port } = await start('--client-query-buffer-limit', '1mb', '--proto-max-bulk-len', '1mb');
    const client = await WireClient.open(port);
    client.push(latin1(['MSET', 'a', 'x'.repeat(600 * KB), 'b', 'x'.repeat(600 * KB)]));
    expect(await client.all()).toBe('');
    expect(await infoOf('client_query_buffer_limit_disconnections')).toBe(1);
  });

  test('more than 1 MiB before the password: the same', async () => {
    const { port } = await start('--requirepass', 'secret');
    await witness.ask(['AUTH', 'secret']);
    const client = await WireClient.open(port);
XX  });
});

describe('deadlines', () => {
  test('a request once begun must be whole in time; idle clients may stay', async () => {
    const { port } = await start('--request-deadline', '100ms');
    const idle = await WireClient.open(port);
    const slow = await WireClient.open(port);
    slow.push(`${PING}*2\r\n$4\r\nEC`);
    expect(await slow.all()).toBe(PONG);
    expect(await infoOf('client_idle_disconnections')).toBe(1);
    await idle.send(PING);
    expect(await idle.until(PONG.length)).toBe(PONG);
    idle.destroy();
  });

  test('a password must be given in time', async () => {
    const { port } = await start('--requirepass', 'secret', '--auth-deadline', '100ms');
    await witness.ask(['AUTH', 'secret']);
    const stranger = await WireClient.open(port);
    stranger.push(PING);
    expect(await stranger.all()).toBe('-NOAUTH Authentication required.\r\n');
    expect((await witness.ask(['PING']))!.text).toBe('PONG');
  });

  test('a client that is idle for too long is let go', async () => {
    const { port } = await start('--timeout', '1s');
    const idle = await WireClient.open(port);
    await idle.send(PING);
    expect(await idle.all()).toBe(PONG);
  });
});

describe('unix socket', () => {
  const permissionsOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test.each([
    ['770', '770'],
    ['700', '700'],
  ])('with --unixsocketperm %s', async (flag, permissions) => {
    const dir = mkdtempSync(join(tmpdir(), 'larder-unix-'));
    const path = join(dir, 'larder.sock');
    const running = await start('--unixsocket', path, '--unixsocketperm', flag);
    expect(permissionsOf(path)).toBe(permissions);
    const client = await WireClient.open(path);
    client.push(`${PING}${latin1(['SET', 'over', 'unix'])}`);
    expect(await client.until(PONG.length + 5)).toBe(`${PONG}+OK\r\n`);
    expect((await witness.ask(['GET', 'over']))!.text).toBe('unix');
    client.destroy();
    await running.stop();
    larder = undefined;
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    rmSync(dir, { recursive: true });
  });
});
