import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRequest } from '../../protocol/encode-request';
import { show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import { type RunningLarder, runLarder, startLarder } from '../support/larder';
import { seededRandom } from '../support/manual-world';
import { WireClient } from './wire-client';

/** The process: how it starts, refuses to, and ends. */

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'larder-start-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function ask(larder: RunningLarder, ...words: string[]): Promise<string> {
  const connection = await connectTo(larder.port);
  const reply = show((await connection.ask(words))!);
  await connection.close();
  return reply;
}

test('two servers on one directory: the second ends with 2 and one line, the first goes on', async () => {
  const first = await startLarder([], dir);
  await ask(first, 'SET', 'k', 'v');
  const second = await runLarder(['--port', '0', '--admin-port', '0', '--dir', dir, '--journal-dir', dir]);
  expect(second.code).toBe(2);
  expect(second.stderr).toMatch(/^larder: .*larder\.db.* in use by another process\n$/);
  expect(await ask(first, 'GET', 'k')).toBe('"v"');
  expect(await ask(first, 'INVALKEY', 'k')).toBe(':1');
  expect(await first.stop()).toBe(0);
  const again = await startLarder([], dir);
  expect(await ask(again, 'GET', 'k')).toBe('nil');
  expect(await again.stop()).toBe(0);
});

test('port in use: ends with 2 and one line, and touches no file', async () => {
  const first = await startLarder(['--disk', 'off']);
  const data = join(dir, 'data');
  const made = await runLarder(['--port', `${first.port}`, '--admin-port', '0', '--dir', data]);
  expect(made).toEqual({
    code: 2,
    stdout: '',
    stderr: `larder: cannot listen on 127.0.0.1:${first.port}: the address is in use by another process\n`,
  });
  expect(existsSync(data)).toBe(false);
  mkdirSync(data);
  const empty = await runLarder(['--port', `${first.port}`, '--admin-port', '0', '--dir', data]);
  expect(empty.code).toBe(2);
  expect(readdirSync(data)).toEqual([]);
  expect(await ask(first, 'PING')).toBe('+PONG');
  await first.stop();
});

describe('SIGTERM', () => {
  const OK = '+OK\r\n';
  const BATCH = 500;
  const keyOf = (client: number, i: number) => `load:${client}:${i}`;

  /** Sets one key after another until the server closes; how many were acknowledged. */
  async function setUntilClosed(client: WireClient, c: number): Promise<number> {
    const set = (i: number) => encodeRequest(['SET', keyOf(c, i), `${i}`]).toString('latin1');
    let sent = 0;
    const batch = () => Array.from({ length: BATCH }, () => set(sent++)).join('');
    while (await client.send(batch())) await client.until((sent - BATCH) * OK.length).catch(() => undefined);
    const received = await client.all();
    const acknowledged = Math.floor(received.length / OK.length);
    expect(received.startsWith(OK.repeat(acknowledged))).toBe(true);
    return acknowledged;
  }

  test('under load: ends with 0, and what was acknowledged is back after the restart', async () => {
    const first = await startLarder([], dir);
    const clients = await Promise.all(Array.from({ length: 4 }, () => WireClient.open(first.port)));
    const loads = clients.map(setUntilClosed);
    await Promise.all(clients.map((client) => client.until(4 * BATCH * OK.length)));
    expect(await first.stop()).toBe(0);
    const acknowledged = await Promise.all(loads);

    const second = await startLarder([], dir);
    const connection = await connectTo(second.port);
    for (const [c, count] of acknowledged.entries()) {
      expect(count).toBeGreaterThanOrEqual(4 * BATCH);
      for (let from = 0; from < count; from += BATCH) {
        const numbers = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => from + i);
        const values = await connection.ask(['MGET', ...numbers.map((i) => keyOf(c, i))]);
        expect(values!.items.map((item) => item.text)).toEqual(numbers.map(String));
      }
    }
    await connection.close();
    expect(await second.stop()).toBe(0);
  });

  test('twice: ends at once with 1', async () => {
    const larder = await startLarder(['--enable-debug-command', 'yes'], dir);
    const waiting = await WireClient.open(larder.port);
    waiting.push('PING\r\nDEBUG SLEEP 1000\r\n');
    await waiting.until(7);
    const ended = once(larder.process, 'exit');
    larder.process.kill('SIGTERM');
    larder.process.kill('SIGINT');
    expect(await ended).toEqual([1, null]);
    const again = await startLarder([], dir);
    expect(await ask(again, 'PING')).toBe('+PONG');
    expect(await again.stop()).toBe(0);
  });
});

describe('a damaged larder.db is put aside, and the server serves', () => {
  const random = seededRandom(3);
  test.each([
    ['random bytes', Buffer.from(Array.from({ length: 20_000 }, () => Math.floor(random() * 256)))],
    ['text', Buffer.from('not a database, but quite a long text about something else\n'.repeat(100))],
    ['19 bytes', Buffer.from('nineteen bytes here')],
  ])('%s', async (_, bytes) => {
    writeFileSync(join(dir, 'larder.db'), bytes);
    const larder = await startLarder([], dir);
    expect(await ask(larder, 'SET', 'k', 'v')).toBe('+OK');
    expect(await ask(larder, 'GET', 'k')).toBe('"v"');
    expect(larder.log()).toContain('"quarantined":');
    expect(await larder.stop()).toBe(0);
    expect(readdirSync(dir).filter((name) => /^larder\.db\.corrupt-\d+$/.test(name))).toHaveLength(1);
    const again = await startLarder([], dir);
    expect(await ask(again, 'GET', 'k')).toBe('"v"');
    expect(await again.stop()).toBe(0);
  });

  test('an empty file is just empty', async () => {
    writeFileSync(join(dir, 'larder.db'), '');
    const larder = await startLarder([], dir);
    expect(await ask(larder, 'SET', 'k', 'v')).toBe('+OK');
    expect(await larder.stop()).toBe(0);
  });

  test('a directory in its place: ends with 2 and names it', async () => {
    mkdirSync(join(dir, 'larder.db'));
    const { code, stderr } = await runLarder(['--port', '0', '--admin-port', '0', '--dir', dir, '--journal-dir', dir]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^larder: .*larder\.db.*\n$/);
  });
});

describe('--check-config', () => {
  const check = (yaml: string) => {
    const file = join(dir, 'larder.yaml');
    writeFileSync(file, yaml);
    return runLarder([file, '--check-config']);
  };

  test('good: says so and starts nothing', async () => {
    const yaml = 'port: 7001\nsources:\n  api: { http: "http://127.0.0.1:1" }\n';
    expect(await check(yaml)).toEqual({ code: 0, stdout: 'larder: the configuration is good\n', stderr: '' });
    expect(readdirSync(dir)).toEqual(['larder.yaml']);
  });

  test.each([
    ['an unknown setting', 'port: 7001\nmaxmemroy: 1gb\n', /larder\.yaml:2.*maxmemroy/],
    ['a wrong type', 'port: many\n', /larder\.yaml:1.*port/],
    ['a source that is not there', 'keys:\n  - match: "a:{b}"\n    load: { from: nowhere, path: "/x" }\n', /nowhere/],
    ['no YAML', 'a: [\n', /larder\.yaml:/],
  ])('%s: ends with 2, one line that names file and place', async (_, yaml, line) => {
    const { code, stdout, stderr } = await check(yaml);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^larder: [^\n]+\n$/);
    expect(stderr).toMatch(line);
  });

  test('an unknown flag, a file that is not there', async () => {
    const flag = await runLarder(['--maxmemroy', '1gb']);
    expect([flag.code, flag.stdout]).toEqual([2, '']);
    expect(flag.stderr).toMatch(/^larder: [^\n]*--maxmemroy[^\n]*\n$/);
    const file = await runLarder([join(dir, 'none.yaml'), '--check-config']);
    expect([file.code, file.stdout]).toEqual([2, '']);
    expect(file.stderr).toMatch(/^larder: [^\n]*none\.yaml[^\n]*\n$/);
  });
});
