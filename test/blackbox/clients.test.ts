import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Redis from 'ioredis';
import { type RunningLarder, startLarder } from '../support/larder';

/** Clients that others wrote, in small programs as people write them. */

const PYTHON = '/usr/bin/python3';
const HAS_REDIS_PY = spawnSync(PYTHON, ['-c', 'import redis']).status === 0;
if (!HAS_REDIS_PY) console.warn('redis-py is left out: python3-redis is not installed');

let larder: RunningLarder;
beforeAll(async () => {
  larder = await startLarder();
});
afterAll(() => larder.stop());

const run = promisify(execFile);

describe('ioredis', () => {
  let client: Redis;
  beforeAll(() => {
    client = new Redis(larder.port, '127.0.0.1', { lazyConnect: false, maxRetriesPerRequest: 1 });
  });
  afterAll(() => client.quit());

  test('strings, bytes, many keys', async () => {
    const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(await client.set('io:text', 'hällo')).toBe('OK');
    expect(await client.get('io:text')).toBe('hällo');
    expect(await client.get('io:nothing')).toBeNull();
    expect(await client.set(Buffer.from('io:\xff\x00\r\n', 'latin1'), binary)).toBe('OK');
    expect(await client.getBuffer(Buffer.from('io:\xff\x00\r\n', 'latin1'))).toEqual(binary);
    expect(await client.mset({ 'io:1': 'a', 'io:2': 'b' })).toBe('OK');
    expect(await client.mget('io:1', 'io:none', 'io:2')).toEqual(['a', null, 'b']);
    expect(await client.del('io:1', 'io:2', 'io:none')).toBe(2);
  });

  test('expiry', async () => {
    await client.set('io:ttl', 'v', 'EX', 100);
    expect(await client.set('io:ttl', 'w', 'NX')).toBeNull();
    expect(await client.ttl('io:ttl')).toBeGreaterThan(90);
    expect(await client.persist('io:ttl')).toBe(1);
    expect(await client.ttl('io:ttl')).toBe(-1);
    expect(await client.expire('io:ttl', 0)).toBe(1);
    expect(await client.exists('io:ttl')).toBe(0);
  });

  test('a pipeline, an error in its middle, and requests side by side', async () => {
    await client.set('io:word', 'x');
    const replies = await client.pipeline().incr('io:n').incr('io:word').get('io:n').exec();
    expect(replies!.map(([error, reply]) => error?.message ?? reply)).toEqual([
      1,
      'ERR value is not an integer or out of range',
      '1',
    ]);
    const counts = await Promise.all(Array.from({ length: 500 }, () => client.incr('io:n')));
    expect(counts).toEqual(Array.from({ length: 500 }, (_, i) => i + 2));
  });

  test('automatic pipelining, and a stream of all keys', async () => {
    const other = new Redis(larder.port, '127.0.0.1', { enableAutoPipelining: true, keyPrefix: 'io:auto:' });
    const names = Array.from({ length: 300 }, (_, i) => `${i}`);
    await Promise.all(names.map((name) => other.set(name, name)));
    expect(await Promise.all(names.map((name) => other.get(name)))).toEqual(names);
    const found = new Set<string>();
    for await (const page of client.scanStream({ match: 'io:auto:*', count: 40 }))
      for (const key of page as string[]) found.add(key);
    expect([...found].sort()).toEqual(names.map((name) => `io:auto:${name}`).sort());
    await other.quit();
  });

  test('our own commands', async () => {
    expect(await client.call('TAGSET', 'io:tagged', 'v', 'TAGS', 'io:a', 'io:b')).toBe('OK');
    expect(await client.call('TAGLIST', 'io:tagged')).toEqual(expect.arrayContaining(['io:a', 'io:b']));
    expect(await client.call('INVALTAG', 'io:a')).toBe(1);
    expect(await client.get('io:tagged')).toBeNull();
  });

  test('database, name and INFO of a connection', async () => {
    const other = new Redis(larder.port, '127.0.0.1', { db: 3, connectionName: 'third' });
    await other.set('io:db', '3');
    expect(await other.client('GETNAME')).toBe('third');
    expect(await other.info('keyspace')).toContain('db3:keys=1,');
    expect(await client.exists('io:db')).toBe(0);
    await other.quit();
  });
});

(HAS_REDIS_PY ? test : test.skip)('redis-py', async () => {
  const { stdout } = await run(PYTHON, [join(__dirname, 'redis_py_program.py'), `${larder.port}`]);
  expect(stdout).toBe('done\n');
});

describe('redis-cli', () => {
  const cli = async (...words: string[]) => (await run('redis-cli', ['-p', `${larder.port}`, ...words])).stdout;

  test('plain', async () => {
    expect(await cli('SET', 'cli:k', 'a "b"')).toBe('OK\n');
    expect(await cli('GET', 'cli:k')).toBe('a "b"\n');
    expect(await cli('--no-raw', 'MGET', 'cli:k', 'cli:none')).toBe('1) "a \\"b\\""\n2) (nil)\n');
    expect(await cli('NOSUCH')).toBe("ERR unknown command 'NOSUCH', with args beginning with: \n\n");
  });

  test('in RESP3', async () => {
    expect(await cli('-3', '--no-raw', 'CONFIG', 'GET', 'maxmemory-policy')).toBe(
      '1# "maxmemory-policy" => "allkeys-lru"\n',
    );
    expect(await cli('-3', '--no-raw', 'GET', 'cli:none')).toBe('(nil)\n');
  });

  test('--scan', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => `cli:scan:${i}`);
    await cli('MSET', ...keys.flatMap((key) => [key, 'v']));
    const listed = await cli('--scan', '--pattern', 'cli:scan:*');
    expect(listed.trim().split('\n').sort()).toEqual(keys.sort());
  });

  test('--bigkeys, --pipe', async () => {
    expect(await cli('--bigkeys')).toContain('Biggest string found');
    const piped = run('redis-cli', ['-p', `${larder.port}`, '--pipe']);
    piped.child.stdin!.end('SET cli:pipe 1\r\n*2\r\n$4\r\nINCR\r\n$8\r\ncli:pipe\r\n'.repeat(500));
    expect((await piped).stdout).toContain('errors: 0, replies: 1000\n');
    expect(await cli('GET', 'cli:pipe')).toBe('2\n');
  });
});

test('redis-benchmark', async () => {
  const words = ['-p', `${larder.port}`, '-t', 'set,get', '-n', '2000', '-c', '5', '-q'];
  const { stdout, stderr } = await run('redis-benchmark', words);
  expect(stdout).toMatch(/SET: [\d.]+ requests per second/);
  expect(stdout).toMatch(/GET: [\d.]+ requests per second/);
  expect(stderr).toBe('');
});
