import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { hostNameOf, isLoopback } from '../../src/admin/security/hosts';
import { credentialsOf, sameText } from '../../src/admin/security/token';
import { bytesOf } from '../../src/base/bytes';
import { loadConfig } from '../../src/config';
import { type AdminNode, startNode } from './node';

const TOKEN = 'correct-horse-battery-staple';

describe('who may ask (F88)', () => {
  let node: AdminNode;

  beforeAll(async () => {
    node = await startNode({ flags: ['--admin-hosts', 'larder.internal'], limits: { wrongTokenMs: 1 } });
    node.sidecar.engine.set(0, bytesOf('k'), bytesOf('v'));
  });
  afterAll(() => node.stop());

  const kill = { tags: [], keys: ['k'], dryRun: true };

  test.each([
    ['another host', 'GET', { host: 'evil.test' }, 403],
    ['a host that only begins like ours', 'GET', { host: '127.0.0.1.evil.test' }, 403],
    ['a host with a user', 'GET', { host: 'localhost@evil.test' }, 403],
    ['an address that the connection did not come to', 'GET', { host: '10.0.0.1' }, 403],
    ['another origin', 'GET', { origin: 'http://evil.test' }, 403],
    ['no origin at all, says a sandboxed page', 'GET', { origin: 'null' }, 403],
    ['a page of another site', 'GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['another origin with the token', 'POST', { origin: 'http://evil.test', authorization: 'Bearer @' }, 403],
    ['an action without token', 'POST', {}, 401],
    ['an action with a wrong token', 'POST', { authorization: 'Bearer wrong' }, 401],
    ['an action with a longer token', 'POST', { authorization: 'Bearer @x' }, 401],
    ['an action as a browser repeats it by itself', 'POST', { authorization: 'Basic @' }, 401],
    ['a name of ours', 'GET', { host: 'larder.internal:80' }, 200],
    ['localhost', 'GET', { host: 'LOCALHOST' }, 200],
  ] as const)('%s', async (_, method, headers, status) => {
    const basic = Buffer.from(`x:${node.token}`).toString('base64');
    const real = Object.entries(headers).map(([name, value]) => [
      name,
      value.startsWith('Basic') ? value.replace('@', basic) : value.replace('Bearer @', `Bearer ${node.token}`),
    ]);
    const path = method === 'POST' ? '/api/invalidate' : '/api/overview';
    const answer = await node.ask(path, {
      method,
      headers: Object.fromEntries(real),
      ...(method === 'POST' && { body: kill }),
    });
    expect(answer.status).toBe(status);
    expect(node.sidecar.engine.size(0)).toBe(1);
  });

  test('our own page may ask', async () => {
    const headers = { host: `127.0.0.1:${node.port}`, origin: `http://127.0.0.1:${node.port}` };
    expect((await node.ask('/api/overview', { headers })).status).toBe(200);
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await node.ask('/healthz', { headers: link })).status).toBe(403);
    expect((await node.ask('/', { headers: link })).status).not.toBe(403);
  });

  test.each([
    ['DELETE', '/api/overview', 405, 'GET'],
    ['PUT', '/metrics', 405, 'GET'],
    ['POST', '/api/overview', 405, 'GET'],
    ['GET', '/api/invalidate', 405, 'POST'],
    ['GET', '/api/warm-tasks/x/run', 405, 'POST'],
    ['HEAD', '/api/overview', 200, undefined],
    ['GET', '/api/nothing', 404, undefined],
    ['TRACE', '/', 405, 'GET'],
  ])('%s %s: %i', async (method, path, status, allow) => {
    const answer = await node.ask(path, { method });
    expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
  });

  test('no host at all', async () => {
    expect(await node.raw('GET /api/overview HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await node.raw('GET /api/overview HTTP/1.1\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('the token lies where only its owner reads it', () => {
    expect(statSync(join(node.dir, 'admin.token')).mode & 0o777).toBe(0o600);
    expect(node.token.length).toBeGreaterThanOrEqual(32);
  });

  test('every answer says what a browser may do with it', async () => {
    for (const path of ['/', '/healthz', '/metrics', '/api/overview', '/nothing']) {
      const { headers } = await node.ask(path);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

test('wrong tokens of one address wait, and more of them are not even looked at', async () => {
  const node = await startNode({ limits: { wrongTokenMs: 200, wrongTokensMax: 2 } });
  try {
    const attempt = () =>
      node.ask('/api/warm', { method: 'POST', headers: { authorization: 'Bearer wrong' }, body: {} });
    const statuses = (await Promise.all(Array.from({ length: 5 }, attempt))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(2);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect((await node.act('/api/warm', { keys: ['k'] })).status).toBe(200);
  } finally {
    await node.stop();
  }
});

test('with an address that others can reach, everything but the health needs the token', async () => {
  const node = await startNode({
    host: '0.0.0.0',
    flags: ['--admin-bind', '0.0.0.0', '--admin-token', TOKEN],
    limits: { wrongTokenMs: 1 },
  });
  try {
    const bearer = { authorization: `Bearer ${TOKEN}` };
    const basic = { authorization: `Basic ${Buffer.from(`anybody:${TOKEN}`).toString('base64')}` };
    for (const path of ['/', '/readyz', '/metrics', '/api/overview', '/api/config', '/nothing']) {
      expect([path, (await node.ask(path)).status]).toEqual([path, 401]);
      expect([path, (await node.ask(path, { headers: { authorization: 'Bearer x' } })).status]).toEqual([path, 401]);
    }
    expect((await node.ask('/healthz')).status).toBe(200);
    expect((await node.ask('/healthz?x')).status).toBe(401);
    expect((await node.ask('/api/overview', { headers: bearer })).status).toBe(200);
    expect((await node.ask('/api/overview', { headers: basic })).status).toBe(200);
    expect((await node.ask('/api/warm', { method: 'POST', headers: basic, body: { keys: ['k'] } })).status).toBe(401);
    expect((await node.ask('/api/overview', { headers: { ...bearer, host: 'evil.test' } })).status).toBe(403);
    expect(existsSync(join(node.dir, 'admin.token'))).toBe(false);
    const settings = (await node.ask('/api/config', { headers: bearer })).text;
    expect(settings).not.toContain(TOKEN);
    expect(settings).toContain('"admin-token","value":"(hidden)"');
  } finally {
    await node.stop();
  }
});

test.each([
  [['--admin-bind', '0.0.0.0'], 'admin-bind 0.0.0.0 can be reached by other machines'],
  [['--admin-bind', '::'], 'admin-bind :: can be reached by other machines'],
  [['--admin-bind', 'db.internal'], 'can be reached by other machines'],
  [['--admin-token', 'short'], 'at least 16 letters'],
  [['--admin-bind', '0.0.0.0', '--admin-port', '0'], undefined],
  [['--admin-bind', '0.0.0.0', '--admin-token', TOKEN], undefined],
  [['--admin-bind', '127.0.0.2'], undefined],
])('%j', (argv, problem) => {
  const load = () => loadConfig({ argv, env: {}, readFile: readFileSync, cwd: '/' });
  if (problem === undefined) load();
  else expect(load).toThrow(problem);
});

describe('who asks too much (F89)', () => {
  let node: AdminNode;

  beforeAll(async () => {
    node = await startNode({ limits: { headMs: 300, requestMs: 600, connectionsMax: 8 } });
  });
  afterAll(() => node.stop());

  test('a head that never ends', async () => {
    expect(await node.raw(`GET / HTTP/1.1\r\nhost: localhost\r\n`)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a body that never ends', async () => {
    const head = `POST /api/warm HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${node.token}\r\ncontent-type: application/json\r\n`;
    expect(await node.raw(`${head}content-length: 100\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a head of 16 KiB', async () => {
    const came = await node.raw(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(16 * 1024)}\r\n\r\n`);
    expect(came).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('a body of 65 KiB', async () => {
    const answer = await node.act('/api/warm', { keys: ['k'.repeat(65 * 1024)] });
    expect(answer.status).toBe(413);
  });

  test('a thousand connections', async () => {
    const sockets: Socket[] = [];
    const ends: Promise<unknown>[] = [];
    for (let i = 0; i < 1000; i++) {
      const socket = node.open();
      sockets.push(socket);
      ends.push(once(socket, 'close'));
    }
    // All but those that may stay are closed at once; these have said nothing and go when their time is over.
    await Promise.all(ends);
    expect((await node.ask('/healthz')).status).toBe(200);
  });

  test.each([
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '/dashboard/../../package.json',
    '//etc/passwd',
    '/index.html%00.js',
    '/tsconfig.json',
    '/main.js.map',
    '/.tsbuildinfo',
    '/api/../../package.json',
  ])('%s', async (path) => {
    const answer = await node.ask(path);
    expect([path, answer.status]).toEqual([path, 404]);
  });

  test.each([
    '/%',
    '/api/why?key=%zz',
    '/api/why?key=%e',
    '/api/why',
    '/api/why?key=',
    '/api/why?key=a&db=16',
    '/api/history?from=x',
  ])('%s is refused', async (path) => {
    expect((await node.ask(path)).status).toBe(400);
  });
});

test('small parts', () => {
  expect([hostNameOf('[::1]:80'), hostNameOf('a.b:1'), hostNameOf('a b'), hostNameOf(''), hostNameOf('a:b')]).toEqual([
    '::1',
    'a.b',
    undefined,
    undefined,
    undefined,
  ]);
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.test', 'localhost.evil.test'].map(isLoopback)).toEqual(
    Array(5).fill(false),
  );
  expect([sameText('a', 'a'), sameText('a', 'b'), sameText('', '')]).toEqual([true, false, false]);
  expect(credentialsOf('Bearer a b')).toBeUndefined();
  expect(credentialsOf(undefined)).toBeUndefined();
});
