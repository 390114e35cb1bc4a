import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportDatabase } from '../../src/cli/snapshot/export';
import { connect } from '../../src/client/connect';
import type { Connection } from '../../src/client/connection';
import { startRedis } from './support/redis';
import { cachectl, type Setting } from './support/terminal';

let redis: Awaited<ReturnType<typeof startRedis>>;
let peer: Connection;
let dir: string;
let file: string;

beforeAll(async () => {
  redis = await startRedis();
  peer = await connect({ unixSocket: redis.socket });
  dir = await mkdtemp(join(tmpdir(), 'larder-snapshot-'));
  file = join(dir, 'snapshot.ndjson');
});
beforeEach(async () => {
  await peer.call('SELECT', 0);
  await peer.call('FLUSHALL');
  await rm(file, { force: true });
});
afterAll(async () => {
  peer.close();
  await rm(dir, { recursive: true, force: true });
  await redis.stop();
});

const run = (words: string[], setting?: Setting) => cachectl(['-s', redis.socket, ...words], setting);
const header = '{"format":"larder-snapshot","version":1}\n';
const line = (key: string, more: object = {}) => `${JSON.stringify({ key, value: `v-${key}`, ...more })}\n`;

test('what was exported can be imported: every byte, every key, times to live', async () => {
  const keys = Array.from({ length: 256 }, (_, byte) => Buffer.from([byte]));
  await peer.pipeline(keys.map((key) => ['SET', key, Buffer.concat([key, key])]));
  await peer.pipeline(Array.from({ length: 2000 }, (_, i) => ['SET', `key:${i}`, `value ${i}`, 'PX', 10_000_000 + i]));
  await peer.call('SET', 'empty', '');
  expect(await run(['export', file])).toMatchObject({ exitCode: 0, out: '2257 entries exported\n', err: '' });
  expect(await readdir(dir)).toEqual(['snapshot.ndjson']);

  await peer.call('FLUSHALL');
  expect(await run(['import', file, '--json'])).toMatchObject({
    exitCode: 0,
    out: `${JSON.stringify({ file, imported: 2257, bad: 0, failed: 0, refused: 0 })}\n`,
  });
  expect(await peer.call('DBSIZE')).toBe(2257);
  const values = await peer.pipeline(keys.map((key) => ['GET', key]));
  expect(values).toEqual(keys.map((key) => Buffer.concat([key, key])));
  expect(await peer.call('GET', 'empty')).toEqual(Buffer.alloc(0));
  expect(await peer.call('PTTL', 'empty')).toBe(-1);
  const ttlMs = Number(await peer.call('PTTL', 'key:1999'));
  expect(ttlMs).toBeGreaterThan(9_000_000);
  expect(ttlMs).toBeLessThanOrEqual(10_001_999);
});

test('through pipes, with --match, and the summary on stderr', async () => {
  await peer.pipeline([
    ['SET', 'user:1', 'a'],
    ['SET', 'org:1', 'b'],
  ]);
  const { out, err } = await run(['export', '-', '--match', 'user:*']);
  expect(out).toBe(
    '{"format":"larder-snapshot","version":1,"exported_at":"2026-01-02T00:00:00.000Z"}\n' +
      '{"key":"user:1","value":"a","ttl_ms":null,"tags":[],"db":0,"encoding":"utf8"}\n',
  );
  expect(err).toBe('1 entry exported\n');
  await peer.call('FLUSHALL');
  expect(await run(['import', '-'], { stdin: out })).toMatchObject({ exitCode: 0, out: '1 entry imported\n' });
  expect(await peer.call('GET', 'user:1')).toEqual(Buffer.from('a'));
});

test('other types are counted and left out', async () => {
  await peer.pipeline([
    ['LPUSH', 'list', 'x'],
    ['SET', 'k', 'v'],
  ]);
  const { out } = await run(['export', file, '--json']);
  expect(JSON.parse(out)).toEqual({ file, exported: 1, vanished: 0, skipped: 1 });
});

test('entries go to their databases, or all to the one that -n names', async () => {
  await peer.call('SELECT', 3);
  await peer.call('SET', 'three', 'x');
  await run(['-n', '3', 'export', file]);
  const lines = (await readFile(file, 'utf8')) + line('zero') + line('five', { db: 5 }) + line('again', { db: 3 });
  await peer.call('FLUSHALL');

  expect((await run(['import', '-'], { stdin: lines })).exitCode).toBe(0);
  expect(String(await peer.call('INFO', 'keyspace'))).toMatch(/db0:keys=1,[\s\S]*db3:keys=2,[\s\S]*db5:keys=1,/);
  await peer.call('FLUSHALL');
  expect((await run(['-n', '7', 'import', '-'], { stdin: lines })).exitCode).toBe(0);
  expect(String(await peer.call('INFO', 'keyspace'))).toMatch(/# Keyspace\r\ndb7:keys=4,\S+\r\n$/);
});

describe('lines that cannot be imported', () => {
  const broken = `${header + line('a')}{"key":"b"}\n\n${line('c', { db: 99 })}${line('e')}`;

  test('are named by number and counted, and do not stop the rest', async () => {
    const { err, out, exitCode } = await run(['import', '-', '--json'], { stdin: broken });
    expect(err).toBe('line 3: expected "value" to be a string\nline 5: ERR DB index is out of range\n');
    expect(JSON.parse(out)).toEqual({ file: '-', imported: 2, bad: 1, failed: 1, refused: 0 });
    expect(exitCode).toBe(4);
    expect(await peer.call('EXISTS', 'a', 'e')).toBe(2);
  });

  test('stop it with --strict', async () => {
    const { out, exitCode } = await run(['import', '-', '--strict'], { stdin: broken });
    expect(out).toBe('1 entry imported, 1 bad lines\n');
    expect(exitCode).toBe(1);
    expect(await peer.call('EXISTS', 'a', 'e')).toBe(1);
  });

  test('are exit code 1 when only the file is at fault', async () => {
    expect((await run(['import', '-'], { stdin: `${header}nonsense\n` })).exitCode).toBe(1);
  });

  test('a hundred are named, the rest only counted', async () => {
    const { err } = await run(['import', '-'], { stdin: header + 'x\n'.repeat(150) });
    expect(err.split('\n')).toHaveLength(102);
    expect(err).toContain('... and 50 more lines\n');
  });
});

test.each(['', '\n', 'key,value\n', line('k')])('a file that begins with %j is refused', async (stdin) => {
  const { exitCode, err } = await run(['import', '-'], { stdin });
  expect(exitCode).toBe(2);
  expect(err).toMatch(/^cachectl: -: line 1: expected .*\n$/);
  expect(await peer.call('DBSIZE')).toBe(0);
});

test('a file without a line end at its end is read whole', async () => {
  await writeFile(file, header + line('last').trimEnd());
  expect((await run(['import', file])).out).toBe('1 entry imported\n');
});

test('a bar on a terminal, for both ways', async () => {
  await peer.pipeline(Array.from({ length: 1200 }, (_, i) => ['SET', `key:${i}`, 'v']));
  expect((await run(['export', file], { isTTY: true })).err).toContain('/1200 keys');
  expect((await run(['import', file], { isTTY: true })).err).toMatch(/import .*\d+\/\d+ bytes/);
});

test('keys that vanish between being listed and being read are skipped', async () => {
  await peer.pipeline(['a', 'b', 'c'].map((key) => ['SET', key, 'v']));
  const vanishing = {
    call: (...args: Parameters<Connection['call']>) => peer.call(...args),
    async pipeline(requests: Parameters<Connection['pipeline']>[0]) {
      const [word, key] = requests[0] ?? [];
      if (word === 'STRLEN') await peer.call('DEL', 'a');
      if (word === 'GET' && key !== undefined) await peer.call('DEL', 'b');
      return peer.pipeline(requests);
    },
    close: () => {},
  };
  let written = '';
  const write = async (text: string) => {
    written += text;
  };
  const counts = await exportDatabase(vanishing, { db: 0 }, write, () => {});
  expect(counts).toEqual({ exported: 1, vanished: 2, skipped: 0 });
  expect(JSON.parse(written)).toMatchObject({ key: 'c', value: 'v' });
});
