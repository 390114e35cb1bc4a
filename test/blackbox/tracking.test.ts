import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRequest } from '../../protocol/encode-request';
import { readReply, show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';
import { seededRandom } from '../support/manual-world';
import { HeldOrigin } from './held-origin';

/** Client-side caching as the simplest of clients does it: keep what GET said until a push says otherwise. */
class NearCache {
  readonly kept = new Map<string, string>();
  readonly pushes: string[] = [];
  private received = Buffer.alloc(0);
  private readonly waiting: ((shown: string) => void)[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      for (let found = readReply(this.received); found !== undefined; found = readReply(this.received)) {
        this.received = this.received.subarray(found.end);
        if (found.reply.kind === '>')
          this.pushed(
            found.reply.items[1]!.items.map((key) => key.text),
            show(found.reply),
          );
        else this.waiting.shift()!(show(found.reply));
      }
    });
  }

  static async open(port: number, ...options: string[]): Promise<NearCache> {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const cache = new NearCache(socket);
    await cache.ask('HELLO', '3');
    await cache.ask('CLIENT', 'TRACKING', 'ON', ...options);
    return cache;
  }

  ask(...words: string[]): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(encodeRequest(words));
    });
  }

  /** Kept in the moment in which the reply comes, whatever came before it. */
  get(key: string): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push((value) => {
        this.kept.set(key, value);
        resolve(value);
      });
      this.socket.write(encodeRequest(['GET', key]));
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private pushed(keys: readonly string[], shown: string): void {
    this.pushes.push(shown);
    if (shown.includes('nil')) this.kept.clear();
    for (const key of keys) this.kept.delete(key);
  }
}

const askOf = async (connection: Connection, line: string) => show((await connection.ask(line.split(' ')))!);

describe('with loaders, tags and grace', () => {
  let origin: HeldOrigin;
  let larder: RunningLarder;
  let dir: string;
  let writer: Connection;

  beforeAll(async () => {
    origin = await HeldOrigin.open();
    dir = mkdtempSync(join(tmpdir(), 'larder-tracking-'));
    const file = join(dir, 'larder.yaml');
    writeFileSync(
      file,
      `
sources:
  api: { http: "${origin.url}", timeout: 20s }
keys:
  - { match: "held:{id}", ttl: 10m, tags: ["held"], load: { from: api, path: "/held/{id}" } }
  - { match: "soft:{id}", ttl: 10m, grace: 1h, tags: ["soft"], load: { from: api, path: "/held/soft/{id}" } }
`,
    );
    larder = await startLarder([file, '--hard-timeout', '30s']);
    writer = await connectTo(larder.port);
  });
  afterAll(async () => {
    await writer.close();
    await larder.stop();
    await origin.close();
    rmSync(dir, { recursive: true });
  });
  const write = (line: string) => askOf(writer, line);

  test.each(['', 'BCAST'])('nothing kept is older than an acknowledged change: %s', async (mode) => {
    const seed = 1 + mode.length;
    const chance = seededRandom(seed);
    const pick = (count: number) => Math.floor(chance() * count);
    const near = await NearCache.open(larder.port, ...mode.split(' ').filter(Boolean));
    const key = () => `k:${pick(12)}`;
    const tag = () => `t:${pick(4)}`;
    const changes: (() => string)[] = [
      () => `SET ${key()} ${pick(1000)}`,
      () => `TAGSET ${key()} ${pick(1000)} TAGS ${tag()} ${tag()}`,
      () => `TAGSET ${key()} ${pick(1000)} DEPS 1 ${key()} TAGS ${tag()}`,
      () => `INVALTAG ${tag()}`,
      () => `INVALKEY ${key()}`,
      () => `INVAL SOFT TAGS 1 ${tag()}`,
      () => `DEL ${key()}`,
      () => `TAGADD ${key()} ${tag()}`,
      () => `RENAME ${key()} ${key()}`,
      () => `COPY ${key()} ${key()} REPLACE`,
      () => `APPEND ${key()} x`,
      () => `GETDEL ${key()}`,
      () => (pick(20) === 0 ? 'FLUSHALL' : `SETEX ${key()} 100 ${pick(1000)}`),
      () => (pick(10) === 0 ? 'SWAPDB 0 1' : `PEXPIRE ${key()} 1`),
    ];
    for (let round = 0; round < 400; round++) {
      for (let i = 0; i < 3; i++) await near.get(key());
      await write(changes[pick(changes.length)]!());
      await near.ask('PING');
      for (const [name, value] of near.kept) {
        // Expiry may be noticed a moment later by whoever is told than by whoever asks.
        const now = await write(`GET ${name}`);
        if (now === 'nil') await near.ask('PING');
        if (near.kept.has(name) && now !== value)
          throw new Error(`seed ${seed}, round ${round}: ${name} is ${now}, kept ${value}`);
      }
    }
    expect(near.pushes.length).toBeGreaterThan(50);
    near.close();
  });

  test('a value that was invalidated while it was loaded is taken back behind the reply', async () => {
    for (const mode of [[], ['BCAST', 'PREFIX', 'held:']]) {
      const near = await NearCache.open(larder.port, ...mode);
      origin.says('/held/1', 'old');
      const reply = near.get('held:1');
      await origin.holds('/held/1', 1);
      await write('INVALTAG held');
      origin.release('/held/1');
      expect(await reply).toBe('"old"');
      await near.ask('PING');
      expect(near.kept.has('held:1')).toBe(false);
      near.close();
    }
  });

  test('a value that was loaded in peace is kept until its tag dies', async () => {
    const near = await NearCache.open(larder.port);
    origin.says('/held/2', 'new');
    const reply = near.get('held:2');
    await origin.holds('/held/2', 1);
    origin.release('/held/2');
    expect(await reply).toBe('"new"');
    await near.ask('PING');
    expect(near.pushes).toEqual([]);
    await write('INVALTAG held');
    await near.ask('PING');
    expect(near.kept.has('held:2')).toBe(false);
    near.close();
  });

  test('a soft invalidation is told, and so is the refresh', async () => {
    origin.says('/held/soft/1', 'one');
    const first = write('GET soft:1');
    await origin.holds('/held/soft/1', 1);
    origin.release('/held/soft/1');
    expect(await first).toBe('"one"');
    const near = await NearCache.open(larder.port);
    await near.get('soft:1');
    origin.says('/held/soft/1', 'two');
    await write('INVAL SOFT TAGS 1 soft');
    await near.ask('PING');
    expect(near.kept.has('soft:1')).toBe(false);
    expect(await near.get('soft:1')).toBe('"one"');
    await origin.holds('/held/soft/1', 1);
    origin.release('/held/soft/1');
    while (near.kept.has('soft:1')) await near.ask('PING');
    expect(await near.get('soft:1')).toBe('"two"');
    near.close();
  });
});

describe('without a disk', () => {
  let larder: RunningLarder;
  let writer: Connection;
  beforeAll(async () => {
    larder = await startLarder([
      ...['--disk', 'off', '--maxmemory', '8mb', '--tracking-table-max-keys', '10'],
      ...['--client-output-buffer-limit-pubsub-hard', '1mb'],
    ]);
    writer = await connectTo(larder.port);
  });
  afterAll(async () => {
    await writer.close();
    await larder.stop();
  });
  const write = (line: string) => askOf(writer, line);

  test('the table is bounded: the oldest key is given up and told', async () => {
    const near = await NearCache.open(larder.port);
    for (let i = 0; i < 25; i++) await near.get(`bounded:${i}`);
    await near.ask('PING');
    expect(near.kept.size).toBe(10);
    expect(await write('INFO')).toMatch(
      /tracking_clients:1.*tracking_total_keys:10.*tracking_total_items:10.*tracking_evicted_keys:15/,
    );
    near.close();
    while ((await write('INFO stats')).includes('tracking_total_keys:10')) await write('PING');
    expect(await write('INFO stats')).toContain('tracking_total_keys:0');
  });

  test('an evicted key is told', async () => {
    await write('SET victim 1');
    const near = await NearCache.open(larder.port);
    await near.get('victim');
    for (let i = 0; i < 300; i++) await writer.ask(['SET', `filler:${i}`, 'f'.repeat(64 * 1024)]);
    expect(await write('EXISTS victim')).toBe(':0');
    await near.ask('PING');
    expect(near.kept.size).toBe(0);
    near.close();
  });

  test('RESP2: told through another connection, until that one is gone', async () => {
    await write('FLUSHALL');
    const listener = await connectTo(larder.port);
    const id = (await listener.ask(['CLIENT', 'ID']))!.text;
    expect(await askOf(listener, 'SUBSCRIBE __redis__:invalidate')).toBe('["subscribe", "__redis__:invalidate", :1]');
    const reader = await connectTo(larder.port);
    expect(await askOf(reader, `CLIENT TRACKING ON REDIRECT ${id}`)).toBe('+OK');
    expect(await askOf(reader, 'CLIENT GETREDIR')).toBe(`:${id}`);
    await askOf(reader, 'GET redirected');
    await write('SET redirected 1');
    expect(show((await listener.next!())!)).toBe('["message", "__redis__:invalidate", ["redirected"]]');
    await write('FLUSHALL');
    expect(show((await listener.next!())!)).toBe('["message", "__redis__:invalidate", nil]');
    await listener.close();
    while ((await write('PUBSUB NUMSUB __redis__:invalidate')) !== '["__redis__:invalidate", :0]') await write('PING');
    await reader.ask(['HELLO', '3']);
    await askOf(reader, 'GET redirected');
    await write('SET redirected 2');
    expect(show((await reader.next!())!)).toBe(`>["tracking-redir-broken", :${id}]`);
    expect(await askOf(reader, 'CLIENT TRACKINGINFO')).toContain('"broken_redirect"');
    await reader.close();
  });

  test('a subscriber that does not read is let go, and counted', async () => {
    const slow = createConnection({ port: larder.port, host: '127.0.0.1' });
    slow.on('error', () => {});
    slow.write(encodeRequest(['SUBSCRIBE', 'flood']));
    await new Promise((resolve) => slow.once('data', resolve));
    slow.pause();
    const message = 'm'.repeat(256 * 1024);
    let published = 0;
    while ((await writer.ask(['PUBLISH', 'flood', message]))!.text === '1') published++;
    expect(published).toBeGreaterThan(0);
    expect(await write('INFO stats')).toMatch(/client_output_buffer_limit_disconnections:1/);
    slow.destroy();
  });
});
