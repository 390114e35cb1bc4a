import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLarder } from '../support/larder';
import { cachectl } from './support/terminal';

const SECRET = 'do-not-tell';
let larder: Awaited<ReturnType<typeof startLarder>>;
let origin: Server;
let home: string;
let calls: string[] = [];

beforeAll(async () => {
  origin = createServer((request, response) => {
    calls.push(request.url!);
    response.end(`value ${calls.length}`);
  });
  await new Promise<void>((listening) => origin.listen(0, '127.0.0.1', listening));
  home = mkdtempSync(join(tmpdir(), 'larder-templates-'));
  writeFileSync(join(home, 'module.mjs'), 'export const load = () => "x";\n');
  writeFileSync(
    join(home, 'larder.yaml'),
    `sources:
  api: { http: "http://127.0.0.1:${(origin.address() as AddressInfo).port}/v1", headers: { authorization: ${SECRET} } }
  db: { sql: "postgres://u:${SECRET}@127.0.0.1/x", password: ${SECRET} }
keys:
  - { match: "user:{id}", ttl: 1m, grace: 5m, tags: ["user:{id}"], depends-on: ["team:{id}"], load: { from: api, path: "/users/{id}", headers: { token: ${SECRET} } } }
  - { match: "row:{id}", load: { from: db, query: "select name from rows where id = any($1)", params: ["{id,}"], batch: 50 } }
  - { match: "one:{kind}:{id}", load: { from: db, query: "select a from b where k = $1 and id = $2", params: ["{kind}", "{id}"] } }
  - { match: "made:{x}", load: { module: module.mjs, env: { TOKEN: ${SECRET} } } }
  - { match: "plain:{x}", ttl: 2s }
`,
  );
  larder = await startLarder([join(home, 'larder.yaml')]);
});
afterAll(async () => {
  await larder?.stop();
  origin.closeAllConnections();
  origin.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  calls = [];
});

const run = (...words: string[]) => cachectl(['-p', String(larder.port), ...words]);
const json = async (...words: string[]): Promise<unknown> => JSON.parse((await run('--json', ...words)).out);

test('fetch loads once, and anew when it is told to', async () => {
  expect(await run('fetch', 'user:1')).toMatchObject({ exitCode: 0, out: 'value 1' });
  expect(await run('fetch', 'user:1')).toMatchObject({ exitCode: 0, out: 'value 1' });
  expect(await json('fetch', 'user:1', '--fresh')).toEqual({ key: 'user:1', value: 'value 2' });
  expect(await json('fetch', 'user:1', '--max-age', '3600000')).toEqual({ key: 'user:1', value: 'value 2' });
  expect(await run('fetch', 'nothing:1')).toMatchObject({ exitCode: 4, out: '' });
  expect(calls).toEqual(['/v1/users/1', '/v1/users/1']);
});

test('origin shows each source', async () => {
  await run('fetch', 'user:2');
  const sources = (await json('origin')) as Record<string, Record<string, unknown>>;
  expect(sources.api).toMatchObject({ kind: 'http', breaker: 'closed', failures: 0 });
  expect(sources.api!.calls).toBeGreaterThan(0);
  expect(sources.db).toMatchObject({ kind: 'sql', breaker: 'closed', calls: 0 });
  const { out } = await run('origin');
  expect(out).toMatch(/^source +kind +breaker +calls .*last failure\n/);
  expect(out).toMatch(/^api +http +closed +\d+ /m);
});

test('templates test tells the call, and does not make it', async () => {
  expect(await json('templates', 'test', 'user:a b')).toMatchObject({
    key: 'user:a b',
    template: 'user:{id}',
    index: 0,
    params: { id: 'a b' },
    tags: ['user:a b'],
    depends_on: ['team:a b'],
    ttl_ms: 60_000,
    grace_ms: 300_000,
    stale_if_error_ms: 300_000,
    load: { kind: 'http', source: 'api', method: 'GET', path: '/v1/users/a%20b', batch: 1 },
  });
  expect(await json('templates', 'test', 'row:7')).toMatchObject({
    load: { kind: 'sql', source: 'db', dialect: 'postgres', params: ['["7"]'], batch: 50 },
  });
  expect(await json('templates', 'test', 'one:k:8')).toMatchObject({
    load: { query: 'select a from b where k = $1 and id = $2', params: ['k', '8'] },
  });
  expect(await json('templates', 'test', 'made:1')).toMatchObject({
    load: { kind: 'module', module: join(home, 'module.mjs') },
  });
  expect(await json('templates', 'test', 'plain:1')).toMatchObject({ ttl_ms: 2_000, load: { kind: 'none' } });
  expect(await run('templates', 'test', 'user:..')).toMatchObject({ out: expect.stringMatching(/refused: /) });
  expect(await run('templates', 'test', 'user:1')).toMatchObject({
    exitCode: 0,
    out: expect.stringMatching(/^call +GET \/v1\/users\/1 from api$/m),
  });
  expect(await run('templates', 'test', 'nothing')).toMatchObject({ exitCode: 1, out: '' });
  expect(calls).toEqual([]);
});

test('templates list, without a secret', async () => {
  const all = (await json('templates', 'list')) as { template: string }[];
  expect(all.map(({ template }) => template)).toEqual([
    'user:{id}',
    'row:{id}',
    'one:{kind}:{id}',
    'made:{x}',
    'plain:{x}',
  ]);
  const said = await Promise.all([
    run('templates', 'list'),
    run('--json', 'templates', 'list'),
    ...['user:1', 'row:1', 'one:k:1', 'made:1'].map((key) => run('--json', 'templates', 'test', key)),
    run('--json', 'origin'),
  ]);
  for (const { out } of said) expect(out).not.toContain(SECRET);
  expect(said[0]!.out).toMatch(/^user:\{id\} +user:\{id\} +1 min 0 s +5 min 0 s +GET \/users\/\{id\} from api$/m);
});
