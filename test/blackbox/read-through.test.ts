import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';
import { HeldOrigin } from './held-origin';

/** The whole of it: a client, the server, an origin. Paths under /held/ are answered when the test says so. */

let origin: HeldOrigin;
let larder: RunningLarder;
let dir: string;
let me: Connection;

const configOf = (url: string) => `
sources:
  api: { http: "${url}", timeout: 20s }
  nobody: { http: "http://127.0.0.1:1" }
keys:
  - match: "user:{id}"
    ttl: 10m
    tags: ["user", "user:{id}"]
    load: { from: api, path: "/users/{id}" }
  - match: "held:{id}"
    ttl: 10m
    tags: ["held", "held:{id}"]
    depends-on: ["source:{id}"]
    load: { from: api, path: "/held/{id}" }
  - match: "lost:{id}"
    load: { from: nobody, path: "/{id}" }
`;

beforeAll(async () => {
  origin = await HeldOrigin.open();
  dir = mkdtempSync(join(tmpdir(), 'larder-read-through-'));
  const file = join(dir, 'larder.yaml');
  writeFileSync(file, configOf(origin.url));
  larder = await startLarder([file, '--hard-timeout', '30s']);
  me = await connectTo(larder.port);
});
afterAll(async () => {
  await me.close();
  await larder.stop();
  await origin.close();
  rmSync(dir, { recursive: true });
});

const askOf = async (connection: Connection, line: string) => show((await connection.ask(line.split(' ')))!);
const ask = (line: string) => askOf(me, line);

test('100 clients that miss together cost the origin one request', async () => {
  origin.says('/held/crowd', 'once');
  const crowd = await Promise.all(Array.from({ length: 100 }, () => connectTo(larder.port)));
  const replies = Promise.all(crowd.map((client) => askOf(client, 'GET held:crowd')));
  await origin.holds('/held/crowd', 1);
  while (!(await ask('STATS origin')).includes('"waiting", :100,')) await ask('PING');
  origin.release('/held/crowd');
  expect(new Set(await replies)).toEqual(new Set(['"once"']));
  expect(origin.asked('/held/crowd')).toBe(1);
  for (const client of crowd) await client.close();
});

test('MGET loads what is missing, each key once, side by side', async () => {
  await ask('SET held:here known');
  for (const id of ['a', 'b', 'c']) origin.says(`/held/${id}`, id);
  const reply = ask('MGET held:a held:here held:b held:a plain held:c');
  await origin.holds('/held/', 3);
  for (const id of ['c', 'a', 'b']) origin.release(`/held/${id}`);
  expect(await reply).toBe('["a", "known", "b", "a", nil, "c"]');
  expect(['a', 'b', 'c', 'here'].map((id) => origin.asked(`/held/${id}`))).toEqual([1, 1, 1, 0]);
});

test('a loaded value has the ttl and the tags of its template, and INVALTAG kills it', async () => {
  origin.says('/users/1', 'Ada');
  expect(await ask('GET user:1')).toBe('"Ada"');
  expect(Number((await ask('TTL user:1')).slice(1))).toBeGreaterThan(590);
  expect((await ask('TAGLIST user:1')).slice(1, -1).split(', ').sort()).toEqual(['"user"', '"user:1"']);
  origin.says('/users/1', 'Grace');
  expect(await ask('GET user:1')).toBe('"Ada"');
  expect(origin.asked('/users/1')).toBe(1);
  expect(await ask('INVALTAG user')).toBe(':1');
  expect(await ask('EXISTS user:1')).toBe(':0');
  expect(await ask('GET user:1')).toBe('"Grace"');
  expect(origin.asked('/users/1')).toBe(2);
});

test('the key is data: it cannot leave its place in the path', async () => {
  expect(await ask('GET user:a/b?x=1#y@evil')).toBe('"x"');
  expect(origin.paths.filter((path) => path.includes('evil'))).toEqual(['/users/a%2Fb%3Fx%3D1%23y%40evil']);
  expect(await ask('GET user:../../admin')).toMatch(/^-ERR loader: /);
  expect(await ask('GET user:..')).toMatch(/^-ERR loader: /);
  expect(origin.paths.filter((path) => path.includes('..'))).toEqual([]);
});

describe('a load that an invalidation overtakes', () => {
  const overtakers: [string, (id: string) => string][] = [
    ['INVALTAG of its own tag', (id) => `INVALTAG held:${id}`],
    ['INVALTAG of a common tag', () => 'INVALTAG held'],
    ['INVALKEY', (id) => `INVALKEY held:${id}`],
    ['DEL', (id) => `DEL held:${id}`],
    ['INVALKEY of a source', (id) => `INVALKEY source:${id}`],
    ['SET of a source', (id) => `SET source:${id} v`],
    ['FLUSHDB', () => 'FLUSHDB'],
  ];

  test.each(overtakers.map(([name, line], i) => [name, line, `overtaken${i}`] as const))(
    '%s: who asks afterwards never gets what was read before',
    async (_, line, id) => {
      const path = `/held/${id}`;
      origin.says(path, 'old');
      const before = await connectTo(larder.port);
      const early = askOf(before, `GET held:${id}`);
      await origin.holds(path, 1);

      origin.says(path, 'new');
      expect(await ask(line(id))).toMatch(/^(:\d|\+OK)$/);
      const late = ask(`GET held:${id}`);
      await origin.holds(path, 2);

      origin.release(path);
      expect(await early).toBe('"old"');
      const after = await connectTo(larder.port);
      const latest = askOf(after, `GET held:${id}`);
      origin.release(path);
      expect(await late).toBe('"new"');
      expect(await latest).toBe('"new"');
      expect(await ask(`GET held:${id}`)).toBe('"new"');
      expect(origin.asked(path)).toBe(2);
      await before.close();
      await after.close();
    },
  );

  test('SET: what was set stays', async () => {
    origin.says('/held/set', 'old');
    const before = await connectTo(larder.port);
    const early = askOf(before, 'GET held:set');
    await origin.holds('/held/set', 1);
    expect(await ask('SET held:set mine')).toBe('+OK');
    origin.release('/held/set');
    expect(await early).toBe('"old"');
    expect(await ask('GET held:set')).toBe('"mine"');
    await before.close();
  });
});

test('WARM queues loads and answers how many', async () => {
  origin.says('/held/w1', 'one');
  origin.says('/held/w2', 'two');
  expect(await ask('WARM held:w1 plain held:w2')).toBe(':2');
  await origin.holds('/held/w', 2);
  origin.release('/held/w1');
  origin.release('/held/w2');
  expect(await ask('MGET held:w1 held:w2')).toBe('["one", "two"]');
  expect(await ask('WARM held:w1')).toMatch(/^:[01]$/);
  expect(await ask('GET held:w1')).toBe('"one"');
  expect(origin.asked('/held/w1')).toBe(1);
});

test('what the origin does not have is null', async () => {
  origin.saysStatus('/users/none', 404, 'a page about it');
  expect(await ask('GET user:none')).toBe('nil');
  expect(await ask('MGET user:none')).toBe('[nil]');
  expect(await ask('EXISTS user:none')).toBe(':0');
});

test('a failing origin is an error reply in our words, and nothing is stored', async () => {
  origin.saysStatus('/users/bad', 500, 'x\r\n+OK\r\n');
  expect(await ask('GET user:bad')).toBe('-ERR loader: HTTP 500');
  expect(await ask('GET lost:1')).toBe('-ERR loader: connection refused');
  origin.says('/users/bad', 'good again');
  expect(await ask('GET user:bad')).toBe('"good again"');
});

test('a client that leaves while its load runs: the value is there for the next', async () => {
  origin.says('/held/left', 'still');
  const gone = await connectTo(larder.port);
  void gone.ask(['GET', 'held:left']);
  await origin.holds('/held/left', 1);
  await gone.close();
  origin.release('/held/left');
  expect(await ask('GET held:left')).toBe('"still"');
  expect(origin.asked('/held/left')).toBe(1);
});
