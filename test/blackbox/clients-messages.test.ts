import { execFile, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Redis from 'ioredis';
import { type RunningLarder, startLarder } from '../support/larder';

/** Transactions and pub/sub with clients that others wrote. */

const PYTHON = '/usr/bin/python3';
const HAS_REDIS_PY = spawnSync(PYTHON, ['-c', 'import redis']).status === 0;
if (!HAS_REDIS_PY) console.warn('redis-py is left out: python3-redis is not installed');
const run = promisify(execFile);

let larder: RunningLarder;
beforeAll(async () => {
  larder = await startLarder();
});
afterAll(() => larder.stop());

describe('ioredis', () => {
  const clients: Redis[] = [];
  const connect = (): Redis => {
    const client = new Redis(larder.port, '127.0.0.1', { maxRetriesPerRequest: 1 });
    clients.push(client);
    return client;
  };
  afterAll(() => {
    for (const client of clients) client.disconnect();
  });

  test('multi, with an error in its middle', async () => {
    const client = connect();
    const replies = await client.multi().set('m:word', 'x').incr('m:word').get('m:word').exec();
    expect(replies!.map(([error, reply]) => error?.message ?? reply)).toEqual([
      'OK',
      'ERR value is not an integer or out of range',
      'x',
    ]);
    await expect(client.multi().set('m:word', 'y').call('NOSUCH').exec()).rejects.toThrow(/EXECABORT/);
    expect(await client.get('m:word')).toBe('x');
  });

  test('watch: many clients count together and lose nothing', async () => {
    const counters = Array.from({ length: 5 }, connect);
    await counters[0]!.set('m:count', '0');
    const increment = async (client: Redis): Promise<void> => {
      for (;;) {
        await client.watch('m:count');
        const count = Number(await client.get('m:count'));
        if (
          (await client
            .multi()
            .set('m:count', count + 1)
            .exec()) !== null
        )
          return;
      }
    };
    await Promise.all(
      counters.map(async (client) => {
        for (let i = 0; i < 10; i++) await increment(client);
      }),
    );
    expect(await counters[0]!.get('m:count')).toBe('50');
  });

  test('channels and patterns, bytes as they are', async () => {
    const listener = connect();
    const talker = connect();
    const heard: unknown[] = [];
    const all = new Promise<void>((done) => {
      const hear = (...words: unknown[]) => {
        heard.push(words);
        if (heard.length === 4) done();
      };
      listener.on('message', hear);
      listener.on('pmessageBuffer', (pattern: string, channel: Buffer, message: Buffer) =>
        hear(pattern, channel.toString(), message.toString('latin1')),
      );
    });
    expect(await listener.subscribe('news', 'other')).toBe(2);
    expect(await listener.psubscribe('n*')).toBe(3);
    expect(await talker.publish('news', 'hällo')).toBe(2);
    expect(await talker.publish('other', 'x')).toBe(1);
    expect(await talker.publish('n\xff', Buffer.from([0, 255]))).toBe(1);
    await all;
    expect(heard).toContainEqual(['news', 'hällo']);
    expect(heard).toContainEqual(['n*', 'n\xff', '\x00\xff']);
    await listener.punsubscribe('n*');
    await listener.unsubscribe();
    expect(await listener.get('m:nothing')).toBeNull();
  });
});

(HAS_REDIS_PY ? test : test.skip)('redis-py: pipelines, watch, pub/sub', async () => {
  const { stdout } = await run(PYTHON, [join(__dirname, 'redis_py_messages.py'), `${larder.port}`]);
  expect(stdout).toBe('done\n');
});

test('redis-cli', async () => {
  const cli = run('redis-cli', ['-p', `${larder.port}`]);
  cli.child.stdin!.end('MULTI\nINCR cli:n\nGET cli:n\nEXEC\n');
  expect((await cli).stdout).toBe('OK\nQUEUED\nQUEUED\n1\n1\n');
  const listener = spawn('redis-cli', ['-p', `${larder.port}`, 'SUBSCRIBE', 'cli:news']);
  let heard = '';
  const until = (word: string) =>
    new Promise<void>((done) => {
      const look = () => {
        if (heard.includes(word)) done();
      };
      listener.stdout.on('data', (chunk) => {
        heard += String(chunk);
        look();
      });
      look();
    });
  await until('cli:news\n1\n');
  await run('redis-cli', ['-p', `${larder.port}`, 'PUBLISH', 'cli:news', 'hello']);
  await until('message\ncli:news\nhello\n');
  const ended = new Promise((done) => listener.once('exit', done));
  listener.kill();
  await ended;
});
