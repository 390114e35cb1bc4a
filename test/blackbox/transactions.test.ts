import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';
import { HeldOrigin } from './held-origin';

/** Transactions whose commands would have to wait: for an origin, for the disk. */

const askOf = async (connection: Connection, line: string) => show((await connection.ask(line.split(' ')))!);

describe('keys with a loader', () => {
  let origin: HeldOrigin;
  let larder: RunningLarder;
  let dir: string;
  let me: Connection;
  let other: Connection;

  beforeAll(async () => {
    origin = await HeldOrigin.open();
    dir = mkdtempSync(join(tmpdir(), 'larder-transactions-'));
    const file = join(dir, 'larder.yaml');
    writeFileSync(
      file,
      `
sources:
  api: { http: "${origin.url}", timeout: 20s }
  nobody: { http: "http://127.0.0.1:1" }
keys:
  - { match: "user:{id}", ttl: 10m, load: { from: api, path: "/users/{id}" } }
  - { match: "held:{id}", ttl: 10m, load: { from: api, path: "/held/{id}" } }
  - { match: "lost:{id}", load: { from: nobody, path: "/{id}" } }
`,
    );
    larder = await startLarder([file, '--hard-timeout', '30s']);
    me = await connectTo(larder.port);
    other = await connectTo(larder.port);
  });
  afterAll(async () => {
    await me.close();
    await other.close();
    await larder.stop();
    await origin.close();
    rmSync(dir, { recursive: true });
  });

  const ask = (line: string) => askOf(me, line);
  const queue = async (...lines: string[]) => {
    expect(await ask('MULTI')).toBe('+OK');
    for (const line of lines) expect(await ask(line)).toBe('+QUEUED');
  };

  test('are loaded before the first command runs', async () => {
    origin.says('/users/1', 'Ann');
    await queue('SET k 1', 'GET user:1', 'GET user:1', 'TTL user:2');
    expect(await ask('EXEC')).toBe('[+OK, "Ann", "Ann", :-2]');
    expect(origin.asked('/users/1')).toBe(1);
    expect(origin.asked('/users/2')).toBe(0);
  });

  test('others go on meanwhile, and see nothing of it before', async () => {
    origin.says('/held/1', 'late');
    await queue('SET k mine', 'GET held:1', 'GET k');
    const exec = ask('EXEC');
    await origin.holds('/held/1', 1);
    expect(await askOf(other, 'SET k theirs')).toBe('+OK');
    expect(await askOf(other, 'GET k')).toBe('"theirs"');
    origin.release('/held/1');
    expect(await exec).toBe('[+OK, "late", "mine"]');
  });

  test('a watched key that changes meanwhile aborts it', async () => {
    expect(await ask('WATCH k')).toBe('+OK');
    await queue('SET k mine', 'GET held:2');
    const exec = ask('EXEC');
    await origin.holds('/held/2', 1);
    expect(await askOf(other, 'SET k theirs')).toBe('+OK');
    origin.release('/held/2');
    expect(await exec).toBe('*nil');
    expect(await ask('GET k')).toBe('"theirs"');
  });

  test('what cannot be loaded is a miss', async () => {
    await queue('GET lost:1', 'SET k 1');
    expect(await ask('EXEC')).toBe('[nil, +OK]');
  });

  test('what is read by a transaction of a client that goes away is no concern of others', async () => {
    const short = await connectTo(larder.port);
    for (const line of ['MULTI', 'GET held:3', 'SET k gone']) await askOf(short, line);
    void short.ask(['EXEC']);
    await origin.holds('/held/3', 1);
    await short.close();
    origin.release('/held/3');
    expect(await ask('SET k here')).toBe('+OK');
    expect(await ask('GET k')).toBe('"here"');
  });
});

describe('values on disk, more of them than fit into memory', () => {
  const VALUES = 40;
  const VALUE = 'v'.repeat(1024 * 1024);
  let larder: RunningLarder;
  let me: Connection;

  beforeAll(async () => {
    larder = await startLarder(['--maxmemory', '16mb', '--maxmemory-policy', 'volatile-lru']);
    me = await connectTo(larder.port);
    for (let i = 0; i < VALUES; i++) {
      await me.ask(['SET', `big:${i}`, VALUE, 'EX', '10000']);
      if (i % 4 === 3) await me.ask(['SAVE']);
    }
    await me.ask(['MSET', 'a', '0', 'b', '0']);
    await me.ask(['SAVE']);
  });
  afterAll(async () => {
    await me.close();
    await larder.stop();
  });

  const transaction = async (connection: Connection) => {
    const names = Array.from({ length: VALUES }, (_, i) => `big:${i}`);
    const lines = ['MULTI', 'INCR a', ...names.map((name) => `GETRANGE ${name} 0 3`), 'INCR b', 'EXEC'];
    const replies = await Promise.all(lines.map((line) => connection.ask(line.split(' '))));
    return replies.at(-1);
  };

  test('are read with nobody else between', async () => {
    const reader = await connectTo(larder.port);
    let done = false;
    const watched = (async () => {
      let reads = 0;
      while (!done || reads === 0) {
        const [a, b] = (await reader.ask(['MGET', 'a', 'b']))!.items;
        expect(a!.text).toBe(b!.text);
        reads++;
      }
    })();
    for (let i = 0; i < 3; i++) {
      const reply = await transaction(me);
      expect(reply!.items).toHaveLength(VALUES + 2);
      expect(reply!.items.slice(1, -1).every((each) => each.text === 'vvvv')).toBe(true);
    }
    done = true;
    await watched;
    expect(await askOf(reader, 'MGET a b')).toBe('["3", "3"]');
    expect(await askOf(reader, 'INFO stats')).toMatch(/transactions_alone:[1-9]/);
    await reader.close();
  });

  test('a client that leaves in the middle leaves nothing half done, and nobody waiting', async () => {
    const reader = await connectTo(larder.port);
    const before = Number((await reader.ask(['GET', 'a']))!.text);
    for (let i = 0; i < 3; i++) {
      const short = await connectTo(larder.port);
      void transaction(short);
      await reader.ask(['PING']);
      await short.close();
    }
    const [a, b] = (await reader.ask(['MGET', 'a', 'b']))!.items;
    expect(a!.text).toBe(b!.text);
    expect(Number(a!.text)).toBeGreaterThanOrEqual(before);
    await reader.close();
  });
});

test('the queue is bounded in commands and in bytes, and watched keys are', async () => {
  const larder = await startLarder([
    ...['--disk', 'off', '--multi-queue-commands-max', '3', '--multi-queue-size-max', '64kb', '--watch-keys-max', '2'],
  ]);
  const me = await connectTo(larder.port);
  const ask = (line: string) => askOf(me, line);
  const ABORTED = '-EXECABORT Transaction discarded because of previous errors.';
  await ask('MULTI');
  for (let i = 0; i < 3; i++) expect(await ask('PING')).toBe('+QUEUED');
  expect(await ask('PING')).toBe('-ERR the transaction is too long (multi-queue-commands-max 3)');
  expect(await ask('PING')).toBe('+QUEUED');
  expect(await ask('EXEC')).toBe(ABORTED);
  await ask('MULTI');
  expect(await ask(`SET k ${'v'.repeat(65_000)}`)).toBe('+QUEUED');
  expect(await ask('CLIENT INFO')).toBe('-ERR the transaction is too long (multi-queue-size-max 65536)');
  expect(await ask('EXEC')).toBe(ABORTED);
  expect(await ask('WATCH a b c')).toBe('-ERR too many watched keys (watch-keys-max 2)');
  expect(await ask('CLIENT INFO')).toContain(' watch=2 ');
  expect(await ask('INFO clients')).toMatch(/watching_clients:1.*total_watched_keys:2/);
  await me.close();
  await larder.stop();
});
