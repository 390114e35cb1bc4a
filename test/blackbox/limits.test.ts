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
const PING = '*1\r\n$4\r\nPING\r\n';
const PONG = '+PONG\r\n';
const PASSWORD = 'secret';
const latin1 = (request: readonly string[]) => encodeRequest(request).toString('latin1');

interface Guarded {
  readonly larder: RunningLarder;
  /** Another client, who must be served all the while. */
  readonly witness: Connection;
}

async function start(...flags: string[]): Promise<Guarded> {
  const larder = await startLarder(['--disk', 'off', '--enable-debug-command', 'yes', ...flags]);
  const witness = await connectTo(larder.port);
  if (flags.includes(PASSWORD)) await witness.ask(['AUTH', PASSWORD]);
  return { larder, witness };
}

async function stop({ larder, witness }: Guarded): Promise<void> {
  await witness.close();
  await larder.stop();
}

async function infoOf({ witness }: Guarded, field: string): Promise<number> {
  const { text } = (await witness.ask(['INFO', 'everything']))!;
  return Number(new RegExp(`\r\n${field}:(\\d+)\r\n`).exec(text)![1]);
}

async function callsOf({ witness }: Guarded, command: string): Promise<number> {
  const { text } = (await witness.ask(['INFO', 'commandstats']))!;
  return Number(new RegExp(`\r\ncmdstat_${command}:calls=(\\d+),`).exec(text)?.[1] ?? 0);
}

/** The witness asks now and then until the field is so much. */
async function untilInfo(guarded: Guarded, field: string, value: number): Promise<void> {
  while ((await infoOf(guarded, field)) !== value)
    expect((await guarded.witness.ask(['DEBUG', 'SLEEP', '0.02']))!.text).toBe('OK');
}

async function neverReading(port: number, request: readonly string[], count: number): Promise<WireClient> {
  const client = await WireClient.open(port);
  client.pause();
  client.push(latin1(request).repeat(count));
  return client;
}

describe('clients without end', () => {
  const REFUSAL = '-ERR max number of clients reached\r\n';

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

  test('one above maxclients is told so and closed; there is room again when one leaves', async () => {
    const guarded = await start('--maxclients', '10');
    const { port } = guarded.larder;
    expect(await refused(port, 9)).toBe(REFUSAL);
    expect(await infoOf(guarded, 'rejected_connections')).toBe(1);
    await untilInfo(guarded, 'connected_clients', 1);
    const next = await WireClient.open(port);
    await next.send(PING);
    expect(await next.until(PONG.length)).toBe(PONG);
    next.destroy();
    await stop(guarded);
  });

  (HAS_REDIS ? test : test.skip)('as redis-server says it', async () => {
    const redis = await startRedis('--maxclients', '10');
    expect(await refused(redis.port, 10)).toBe(REFUSAL);
    await redis.stop();
  });
});

describe('one client', () => {
  const COUNT = 200;
  const BIG = 'x'.repeat(256 * KB);
  const DISCONNECTIONS = 'client_output_buffer_limit_disconnections';
  let guarded: Guarded;
  let port: number;
  let cut: number;

  beforeAll(async () => {
    guarded = await start(
      ...['--client-output-pause-size', '64kb', '--client-output-buffer-limit-soft', '128kb'],
      ...['--client-output-buffer-limit-hard', '2mb', '--request-deadline', '100ms'],
      ...['--max-value-size', '1mb', '--proto-max-bulk-len', '1mb', '--client-query-buffer-limit', '1mb'],
    );
    port = guarded.larder.port;
    await guarded.witness.ask(['SET', 'big', BIG]);
  });
  afterAll(() => stop(guarded));
  beforeEach(async () => {
    await guarded.witness.ask(['CONFIG', 'SET', 'client-output-buffer-limit-soft-seconds', '3600']);
    await guarded.witness.ask(['CONFIG', 'RESETSTAT']);
    cut = await infoOf(guarded, DISCONNECTIONS);
  });

  /** Every client was looked at: this one, which is half-way through a request, was closed for it. */
  async function deadlinesAreChecked(): Promise<void> {
    const slow = await WireClient.open(port);
    slow.push('*1\r\n$4\r\nPI');
    await slow.closed;
  }

  test('that never reads is no longer served at the pause size, and closed when the soft limit lasted', async () => {
    await guarded.witness.ask(['CONFIG', 'SET', 'client-output-buffer-limit-soft-seconds', '0']);
    const client = await neverReading(port, ['GET', 'big'], COUNT);
    await untilInfo(guarded, DISCONNECTIONS, cut + 1);
    const calls = await callsOf(guarded, 'get');
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(COUNT);
    client.resume();
    await client.closed;
    expect(client.received.length).toBeLessThan(COUNT * BIG.length);
    await untilInfo(guarded, 'connected_clients', 1);
  });

  test('that never reads is closed at once above the hard limit', async () => {
    const many = Array.from({ length: 64 }, () => 'big');
    const client = await neverReading(port, ['MGET', ...many], 1);
    await untilInfo(guarded, DISCONNECTIONS, cut + 1);
    client.resume();
    await client.closed;
    expect(client.received.length).toBeLessThan(many.length * BIG.length);
  });

  test('that reads late, below its limits, gets everything; its waiting requests are not half ones', async () => {
    const reply = `$${BIG.length}\r\n${BIG}\r\n`;
    const client = await neverReading(port, ['GET', 'big'], COUNT);
    await deadlinesAreChecked();
    expect(await callsOf(guarded, 'get')).toBeLessThan(COUNT);
    client.resume();
    expect((await client.until(COUNT * reply.length)) === reply.repeat(COUNT)).toBe(true);
    expect(await infoOf(guarded, DISCONNECTIONS)).toBe(cut);
    client.destroy();
  });

  test.each([
    ['says goodbye', ['QUIT'], '+OK\r\n'],
    ['breaks the protocol', ['*01'], '-ERR Protocol error: invalid multibulk length\r\n'],
  ])('that %s and reads late gets everything asked before', async (_, [last], farewell) => {
    await guarded.witness.ask(['CONFIG', 'SET', 'client-output-buffer-limit-hard', '64mb']);
    const reply = `*64\r\n${`$${BIG.length}\r\n${BIG}\r\n`.repeat(64)}`;
    const client = await neverReading(port, ['MGET', ...Array.from({ length: 64 }, () => 'big')], 1);
    client.push(`${last}\r\n`);
    await deadlinesAreChecked();
    await deadlinesAreChecked();
    client.resume();
    expect((await client.all()) === reply + farewell).toBe(true);
    expect(await infoOf(guarded, DISCONNECTIONS)).toBe(cut);
    await guarded.witness.ask(['CONFIG', 'SET', 'client-output-buffer-limit-hard', '2mb']);
  });

  test('that sends more than the query buffer holds is closed without a word, and counted', async () => {
    const client = await WireClient.open(port);
    client.push(latin1(['MSET', 'a', 'x'.repeat(600 * KB), 'b', 'x'.repeat(600 * KB)]));
    expect(await client.all()).toBe('');
    expect(await infoOf(guarded, 'client_query_buffer_limit_disconnections')).toBe(1);
  });

  test('that begins a request must end it in time; one that asks nothing may stay', async () => {
    const idle = await WireClient.open(port);
    const slow = await WireClient.open(port);
    slow.push(`${PING}*2\r\n$4\r\nEC`);
    expect(await slow.all()).toBe(PONG);
    expect(await infoOf(guarded, 'client_idle_disconnections')).toBe(1);
    await idle.send(PING);
    expect(await idle.until(PONG.length)).toBe(PONG);
    idle.destroy();
  });

  test('whose bytes always end in the middle of its next request is no slow one', async () => {
    // Longer than a busy machine lets one of the two processes wait.
    await guarded.witness.ask(['CONFIG', 'SET', 'request-deadline', '4']);
    const slow = await WireClient.open(port);
    const steady = await WireClient.open(port);
    slow.push('*1\r\n$4\r\nPI');
    steady.push('*1\r\n$4\r\nPI');
    let isOver = false;
    void slow.closed.then(() => {
      isOver = true;
    });
    for (let asked = 1; !isOver; asked++) {
      steady.push('NG\r\n*1\r\n$4\r\nPI');
      await steady.until(asked * PONG.length);
    }
    const { length } = steady.received;
    steady.push('NG\r\n');
    expect((await steady.until(length + PONG.length)).length).toBe(length + PONG.length);
    steady.destroy();
    await guarded.witness.ask(['CONFIG', 'SET', 'request-deadline', '100ms']);
  });
});

describe('a stranger', () => {
  let guarded: Guarded;
  let port: number;
  beforeAll(async () => {
    guarded = await start('--requirepass', PASSWORD);
    port = guarded.larder.port;
  });
  afterAll(() => stop(guarded));

  test('must give the password in time', async () => {
    const stranger = await WireClient.open(port);
    stranger.push(PING);
    const refusal = '-NOAUTH Authentication required.\r\n';
    expect(await stranger.until(refusal.length)).toBe(refusal);
    await guarded.witness.ask(['CONFIG', 'SET', 'auth-deadline', '100ms']);
    expect(await stranger.all()).toBe(refusal);
    expect((await guarded.witness.ask(['PING']))!.text).toBe('PONG');
  });

  test('that never reads is closed as soon as replies pile up', async () => {
    await guarded.witness.ask(['CONFIG', 'SET', 'auth-deadline', '3600']);
    const client = await WireClient.open(port);
    client.pause();
    const round = latin1(['SET', 'k', 'v']).repeat(10_000);
    // Until there are more replies than the kernel holds for both sides.
    void (async () => {
      while (await client.send(round));
    })();
    await untilInfo(guarded, 'client_output_buffer_limit_disconnections', 1);
    client.resume();
    await client.closed;
    await untilInfo(guarded, 'connected_clients', 1);
  });
});

test('a unix socket has its permissions, serves, and is gone at the end', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'larder-unix-'));
  const path = join(dir, 'larder.sock');
  const guarded = await start('--unixsocket', path, '--unixsocketperm', '770');
  expect((statSync(path).mode & 0o777).toString(8)).toBe('770');
  const client = await WireClient.open(path);
  client.push(`${PING}${latin1(['SET', 'over', 'unix'])}`);
  expect(await client.until(PONG.length + 5)).toBe(`${PONG}+OK\r\n`);
  expect((await guarded.witness.ask(['GET', 'over']))!.text).toBe('unix');
  client.destroy();
  await stop(guarded);
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  rmSync(dir, { recursive: true });
});
