import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rawExchange, runLarder, startLarder } from '../support/larder';

/** Listens on a free port for as long as `during` lasts. */
async function withTakenPort<T>(during: (port: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await during((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

test('an admin port that is taken: one line, the code of a start that failed, and no file touched', async () => {
  const dir = join(mkdtempSync(join(tmpdir(), 'larder-admin-')), 'data');
  const { code, stdout, stderr } = await withTakenPort((port) =>
    runLarder(['--port', '0', '--admin-port', `${port}`, '--dir', dir, '--journal-dir', dir]),
  );
  expect(stderr).toMatch(
    /^larder: cannot listen on 127\.0\.0\.1:\d+ \(admin-port\): the address is in use by another process\n$/,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(() => statSync(join(dir, 'admin.token'))).toThrow();
  rmSync(join(dir, '..'), { recursive: true, force: true });
});

test('beside a disk: ready, an invalidation that is durable before it is acknowledged, and an orderly end', async () => {
  // Somebody may take the port in between; then another one is tried.
  const start = async (tries = 5): Promise<[Awaited<ReturnType<typeof startLarder>>, number]> => {
    const port = await withTakenPort(async (free) => free);
    try {
      return [await startLarder(['--admin-port', `${port}`]), port];
    } catch (failure) {
      if (tries === 0 || !String(failure).includes('(admin-port)')) throw failure;
      return start(tries - 1);
    }
  };
  const [larder, port] = await start();
  try {
    const token = readFileSync(join(larder.dir, 'admin.token'), 'utf8').trim();
    const act = async (body: object) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/invalidate`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as { invalidated: number; confirm: string };
    };
    await rawExchange(larder.port, [Buffer.from('TAGSET k v TAGS t\r\nQUIT\r\n')]);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    const { confirm } = await act({ tags: ['t'], dryRun: true });
    expect((await act({ tags: ['t'], confirm })).invalidated).toBe(1);
    const why = await fetch(`http://127.0.0.1:${port}/api/why?key=k`);
    expect(JSON.stringify(await why.json())).toContain('"admin addr=127.0.0.1"');
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(await page.text()).toContain('<title>Larder</title>');
    for (const [path, type] of [
      ['/main.js', 'text/javascript'],
      ['/uplot.js', 'text/javascript'],
      ['/uplot.css', 'text/css'],
      ['/style.css', 'text/css'],
    ] as const) {
      const asset = await fetch(`http://127.0.0.1:${port}${path}`);
      expect([path, asset.status, asset.headers.get('content-type')]).toEqual([path, 200, `${type}; charset=utf-8`]);
      await asset.arrayBuffer();
    }
  } finally {
    expect(await larder.stop()).toBe(0);
  }
});
