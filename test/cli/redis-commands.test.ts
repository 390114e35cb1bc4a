import { connect } from '../../src/client/connect';
import type { Connection } from '../../src/client/connection';
import { startRedis } from './support/redis';
import { cachectl, type Setting } from './support/terminal';

let redis: Awaited<ReturnType<typeof startRedis>>;
let peer: Connection;

beforeAll(async () => {
  redis = await startRedis();
  peer = await connect({ unixSocket: redis.socket });
});
beforeEach(() => peer.call('FLUSHALL'));
afterAll(async () => {
  peer.close();
  await redis.stop();
});

const run = (words: string[], setting?: Setting) => cachectl(['-s', redis.socket, ...words], setting);

describe('get and set', () => {
  test('a value comes back byte for byte into a pipe', async () => {
    const value = Buffer.from([0, 255, 10, 13, 34, 128]);
    await peer.call('SET', 'k', value);
    const { stdout, exitCode } = await run(['get', 'k']);
    expect(stdout).toEqual(value);
    expect(exitCode).toBe(0);
  });

  test('on a terminal it is quoted and cannot steer the terminal', async () => {
    await peer.call('SET', 'k', Buffer.from('a"b\\c\x1b[2J\u202eé\n'));
    expect((await run(['get', 'k'], { isTTY: true })).out).toBe('"a\\"b\\\\c\\x1b[2J\\u{202e}é\\n"\n');
  });

  test('a miss is exit code 1, an empty value is not', async () => {
    expect(await run(['get', 'k'])).toMatchObject({ exitCode: 1, out: '', err: 'not found\n' });
    expect(await run(['--json', 'get', 'k'])).toMatchObject({ exitCode: 1, out: '{"key":"k","value":null}\n' });
    await peer.call('SET', 'k', '');
    expect(await run(['get', 'k'])).toMatchObject({ exitCode: 0, out: '' });
  });

  test('binary in JSON is base64', async () => {
    await peer.call('SET', 'k', Buffer.from([0xff, 0x00]));
    expect((await run(['get', 'k', '--json'])).out).toBe('{"key":"k","value":{"base64":"/wA="}}\n');
  });

  test('words are UTF-8', async () => {
    expect(await run(['set', 'ключ', 'значение'])).toMatchObject({ exitCode: 0, out: 'OK\n' });
    expect(await peer.call('GET', Buffer.from('ключ'))).toEqual(Buffer.from('значение'));
  });

  test('options become words of SET', async () => {
    await run(['set', 'k', 'v', '--ex', '100']);
    expect(await peer.call('TTL', 'k')).toBeGreaterThan(90);
    expect(await run(['set', 'k', 'w', '--nx'])).toMatchObject({ exitCode: 1 });
    expect(await run(['--json', 'set', 'other', 'w', '--xx'])).toMatchObject({
      exitCode: 1,
      out: '{"key":"other","stored":false}\n',
    });
    await run(['set', 'k', 'w', '--xx', '--px', '50000']);
    expect(await peer.call('PTTL', 'k')).toBeLessThanOrEqual(50_000);
    expect(await peer.call('GET', 'k')).toEqual(Buffer.from('w'));
  });

  test('-n chooses the database', async () => {
    await run(['-n', '3', 'set', 'k', 'v']);
    expect(await peer.call('EXISTS', 'k')).toBe(0);
    expect(await run(['-n', '3', 'get', 'k'])).toMatchObject({ out: 'v' });
  });

  test('a value that begins with a dash comes after --', async () => {
    await run(['set', 'k', '--', '--json']);
    expect(await peer.call('GET', 'k')).toEqual(Buffer.from('--json'));
  });
});

describe('looking at the server', () => {
  test('ping', async () => {
    expect((await run(['ping'])).out).toMatch(/^PONG in 1 ms\n$/);
    expect((await run(['ping', '--json'])).out).toBe('{"reply":"PONG","took_ms":1}\n');
  });

  test('info in both forms', async () => {
    await peer.call('SET', 'k', 'v');
    const { keyspace } = JSON.parse((await run(['info', 'keyspace', '--json'])).out);
    expect(keyspace.db0).toBe('keys=1,expires=0,avg_ttl=0');
    const { server, clients } = JSON.parse((await run(['info', '--json'])).out);
    expect(server.redis_version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(clients.maxclients).toBe(10_000);
    expect((await run(['info', 'clients'])).out).toMatch(/^clients\n(.*\n)*maxclients +10,000\n/);
  });

  test('config get, set and rewrite', async () => {
    expect(await run(['config', 'set', 'maxmemory-samples', '7'])).toMatchObject({ exitCode: 0, out: 'OK\n' });
    expect((await run(['config', 'get', 'maxmemory-s*', '--json'])).out).toBe('{"maxmemory-samples":"7"}\n');
    expect((await run(['config', 'get', 'maxmemory-samples'])).out).toBe('maxmemory-samples  7\n');
    expect(await run(['config', 'get', 'nothing'])).toMatchObject({ exitCode: 1, out: '' });
    const refused = await run(['config', 'rewrite']);
    expect(refused).toMatchObject({ exitCode: 4, out: '' });
    expect(refused.err).toBe('cachectl: ERR The server is running without a config file\n');
  });
});

describe('watch', () => {
  test('a line a look into a pipe, INFO where there is no STATS', async () => {
    const { out, exitCode } = await run(['watch', '--count', '3']);
    expect(exitCode).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(out).toMatch(/^uptime_in_seconds=\d+ .*keyspace_hits=\d+/);
  });

  test('on a terminal it clears the screen and shows what changed, until stopped', async () => {
    const { out, exitCode } = await run(['watch', 'stats'], { isTTY: true, stopAtPause: 2 });
    expect(exitCode).toBe(0);
    const frames = out.split('\x1b[H\x1b[J').slice(1);
    expect(frames).toHaveLength(2);
    expect(frames[0]).not.toMatch(/total_commands_processed.*\+/);
    // Two commands (STATS, INFO) between two looks 1 ms apart; the failed STATS counts as none.
    expect(frames[1]).toMatch(/total_commands_processed.*\+1,000/);
  });

  test('--json is a document a look', async () => {
    const { out } = await run(['watch', 'clients', '--json', '--count', '2']);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).maxclients),
    ).toEqual([10_000, 10_000]);
  });
});

describe('bench', () => {
  test('sends what was asked for and leaves no key', async () => {
    await peer.call('CONFIG', 'RESETSTAT');
    const words = [
      '--requests',
      '250',
      '--connections',
      '4',
      '--pipeline',
      '10',
      '--keys',
      '5',
      '--test',
      'set',
      'ping',
    ];
    const { out, exitCode } = await run(['bench', '--json', ...words]);
    expect(exitCode).toBe(0);
    const figures = JSON.parse(out);
    expect(figures.set).toMatchObject({ requests: 250, errors: 0 });
    expect(figures.set.ops_per_second).toBeGreaterThan(0);
    expect(figures.set.p99_us).toBeGreaterThanOrEqual(figures.set.p50_us);
    expect(figures.get).toBeUndefined();
    const stats = String(await peer.call('INFO', 'commandstats'));
    expect(stats).toContain('cmdstat_set:calls=250,');
    expect(stats).toContain('cmdstat_ping:calls=250,');
    expect(await peer.call('DBSIZE')).toBe(0);
  });

  test('error replies are counted and are exit code 4', async () => {
    await peer.call('LPUSH', 'cachectl-bench:0000000', 'x');
    const { out, exitCode } = await run(['bench', '--requests', '20', '--keys', '1', '--test', 'get', '--json']);
    expect(JSON.parse(out).get).toMatchObject({ requests: 20, errors: 20 });
    expect(exitCode).toBe(4);
  });

  test('shows a bar on a terminal', async () => {
    const { err, out } = await run(['bench', '--requests', '20', '--test', 'ping'], { isTTY: true });
    expect(err).toContain('20/20 requests');
    expect(out).toMatch(/ping.*20/);
  });
});
