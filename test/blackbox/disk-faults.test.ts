import { spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningLarder, runLarder, startLarder } from '../support/larder';
import { can, deviceOf, imageFs, mountImage, skipped, tmpfs, unmountAll } from './machine';
import { RequestClient } from './request-client';
import { WireClient } from './wire-client';

/** FAULTS.md, rows of the disk and its neighbours, with real file systems and limits; what the machine forbids is skipped aloud. */
const VALUE = 'v'.repeat(1000);
const MISCONF = 'MISCONF invalidation applied in memory but not durable; L2 disabled';

const homes: string[] = [];
const running: RunningLarder[] = [];

function newHome(): string {
  const home = fs.mkdtempSync(join(tmpdir(), 'larder-faults-'));
  homes.push(home);
  return home;
}

async function start(dir: string, flags: string[] = [], launcher: string[] = []): Promise<RunningLarder> {
  const larder = await startLarder(['--disk-min-ttl', '0', ...flags], dir, launcher);
  running.push(larder);
  return larder;
}

afterEach(async () => {
  for (const larder of running.splice(0)) if (larder.process.exitCode === null) await larder.kill();
  unmountAll();
  for (const home of homes.splice(0)) fs.rmSync(home, { recursive: true, force: true });
});

async function withClient<T>(larder: RunningLarder, use: (client: RequestClient) => Promise<T>): Promise<T> {
  const client = await RequestClient.open(larder.port);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

async function infoOf(client: RequestClient, field: string): Promise<string> {
  return new RegExp(`^${field}:(.*)\r$`, 'm').exec((await client.text('INFO', 'larder'))!)?.[1] ?? '';
}

/** What was stored is in the file, or the server knows that it cannot be. */
async function written(client: RequestClient): Promise<void> {
  while (Number(await infoOf(client, 'disk_queue')) > 0) {
    if ((await infoOf(client, 'disk_state')) !== 'open' || (await writeErrors(client)) > 0) return;
  }
}

async function writeErrors(client: RequestClient): Promise<number> {
  return Number(/write_errors[^\d]*(\d+)/.exec((await client.text('STATS', 'disk'))!)?.[1] ?? 0);
}

function inodeOf(file: string): number | undefined {
  return fs.statSync(file, { throwIfNoEntry: false })?.ino;
}

/** Keys `k0`, `k1`, ... with the tag `t`; every second one is overwritten. */
async function fill(client: RequestClient, count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(await client.text('TAGSET', `k${i}`, `${i}|${VALUE}`, 'TAGS', 't')).toBe('OK');
  for (let i = 0; i < count; i += 2) expect(await client.text('SET', `k${i}`, `new ${i}`)).toBe('OK');
}

async function expectFilled(client: RequestClient, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    expect(await client.text('GET', `k${i}`)).toBe(i % 2 === 0 ? `new ${i}` : `${i}|${VALUE}`);
  }
}

/** Nothing that carried the tag is there; what was overwritten is missing or new. */
async function expectNoneOld(larder: RunningLarder, count: number): Promise<void> {
  await withClient(larder, async (client) => {
    for (let i = 0; i < count; i++) {
      const allowed = i % 2 === 0 ? [null, `new ${i}`] : [null];
      expect(allowed).toContain(await client.text('GET', `k${i}`));
    }
  });
}

test('F36, F42: the disk is full: served on; an invalidation is OK and holds', async () => {
  const dir = tmpfs('F36', '600k');
  if (dir === null) return;
  const journals = newHome();
  const flags = ['--journal-dir', journals];
  const larder = await start(dir, flags);
  await withClient(larder, async (client) => {
    await fill(client, 1500);
    await written(client);
    await expectFilled(client, 1500);
    expect(await writeErrors(client)).toBeGreaterThan(0);
    expect(Number(await client.text('INVALTAG', 't'))).toBe(750);
  });
  await larder.kill();
  const again = await start(dir, flags);
  await expectNoneOld(again, 1500);
  expect(await again.stop()).toBe(0);
});

test('F42: the journal is on the full disk: the file goes, then OK', async () => {
  const dir = tmpfs('F42', '4m');
  if (dir === null) return;
  const larder = await start(dir);
  await withClient(larder, async (client) => {
    await fill(client, 300);
    await written(client);
    const file = join(dir, 'larder.db');
    const before = inodeOf(file);
    const ballast = fs.openSync(join(dir, 'ballast'), 'w');
    expect(() => {
      for (;;) fs.writeSync(ballast, Buffer.alloc(4096));
    }).toThrow('no space');
    fs.closeSync(ballast);
    for (let i = 0; i < 1000; i++) await client.text('INVALTAG', `other${i}`.padEnd(200, '.'));
    expect(Number(await client.text('INVALTAG', 't'))).toBe(150);
    // Whichever write fails first: without a journal there is no disk layer, without room for its log a new file.
    // A worker that is ended while it begins that file leaves it for a moment.
    while (fs.existsSync(file) === ((await infoOf(client, 'disk_state')) === 'off'));
    expect(inodeOf(file)).not.toBe(before);
    for (let i = 0; i < 300; i += 2) expect(await client.text('GET', `k${i}`)).toBe(`new ${i}`);
  });
  await larder.kill();
  fs.rmSync(join(dir, 'ballast'));
  const again = await start(dir);
  await expectNoneOld(again, 300);
  expect(await again.stop()).toBe(0);
});

test('F42: nor can the file be removed, or a mark be left: MISCONF, and reads go on', async () => {
  const disk = imageFs('F42', 16);
  if (disk === null) return;
  const { dir } = disk;
  const larder = await start(dir);
  await withClient(larder, async (client) => {
    await fill(client, 300);
    await written(client);
    if (!can('F42', 'chattr', '+i', dir)) return;
    // The directory takes no new file, so what is there grows until nothing fits.
    const journal = fs.readdirSync(dir).find((name) => /\.b$/.test(name))!;
    const grown = fs.openSync(join(dir, journal), 'r+');
    expect(() => {
      for (let at = 8 << 20; ; at += 4096) fs.writeSync(grown, Buffer.alloc(4096), 0, 4096, at);
    }).toThrow('no space');
    fs.closeSync(grown);
    let refused: unknown;
    for (let i = 0; i < 1000 && refused === undefined; i++) {
      const reply = await client.ask('INVALTAG', `other${i}`.padEnd(200, '.'));
      if (reply instanceof Error) refused = reply.message;
    }
    expect(refused).toBe(MISCONF);
    expect(await client.ask('INVALTAG', 't')).toMatchObject({ message: MISCONF });
    expect(await client.ask('SET', 'new', 'value')).toMatchObject({ message: MISCONF });
    expect(await client.text('GET', 'k1')).toBeNull();
    expect(await client.text('GET', 'new')).toBe('value');
    expect(await client.text('GET', 'k0')).toBe('new 0');
  });
  await larder.kill();
  spawnSync('chattr', ['-i', dir]);
});

test('F38: files may not grow (EFBIG): served on', async () => {
  if (!can('F38', 'prlimit', '--version')) return;
  const dir = newHome();
  const larder = await start(dir, [], ['prlimit', `--fsize=${400 << 10}`]);
  await withClient(larder, async (client) => {
    await fill(client, 1500);
    await written(client);
    await expectFilled(client, 1500);
    expect(Number(await client.text('INVALTAG', 't'))).toBe(750);
  });
  await larder.kill();
  const again = await start(dir);
  await expectNoneOld(again, 1500);
  expect(await again.stop()).toBe(0);
});

test('F39: the file system becomes read-only while running, and is so at the next start', async () => {
  const disk = imageFs('F39', 16);
  if (disk === null) return;
  const journals = newHome();
  const flags = ['--journal-dir', journals];
  const larder = await start(disk.dir, flags);
  await withClient(larder, async (client) => {
    await fill(client, 300);
    await written(client);
    const trigger = `/sys/fs/ext4/${deviceOf(disk.dir)}/trigger_fs_error`;
    if (!fs.existsSync(trigger)) return skipped('F39', 'ext4 has no trigger_fs_error here');
    fs.writeFileSync(trigger, 'F39');
    expect(() => fs.writeFileSync(join(disk.dir, 'more'), '')).toThrow('read-only');
    expect(Number(await client.text('INVALTAG', 't'))).toBe(150);
    await client.text('SET', 'k0', 'new 0');
    await written(client);
    expect(await client.text('GET', 'k2')).toBe('new 2');
  });
  await larder.kill();

  const readOnly = await start(disk.dir, flags);
  expect(readOnly.log()).toContain('going on without the disk layer');
  await withClient(readOnly, async (client) => {
    expect(await client.text('GET', 'k0')).toBeNull();
    expect(await client.text('SET', 'k0', 'newest')).toBe('OK');
    expect(await client.text('INVALTAG', 't')).toBe('0');
  });
  await readOnly.kill();

  spawnSync('umount', [disk.dir]);
  spawnSync('e2fsck', ['-fy', disk.image]);
  const dir = mountImage('F39', disk.image)!;
  const again = await start(dir, flags);
  await expectNoneOld(again, 300);
  expect(await again.stop()).toBe(0);
});

test('F39: read-only at the start with a file closed in order: without it, and it never comes back', async () => {
  const dir = tmpfs('F39', '8m');
  if (dir === null) return;
  const flags = ['--journal-dir', newHome()];
  const first = await start(dir, flags);
  await withClient(first, (client) => fill(client, 100));
  expect(await first.stop()).toBe(0);
  expect(can('F39', 'mount', '-o', 'remount,ro', dir)).toBe(true);
  const readOnly = await start(dir, flags);
  await withClient(readOnly, async (client) => {
    expect(await client.text('SET', 'k0', 'newer')).toBe('OK');
    expect(await client.text('INVALTAG', 't')).toBe('0');
  });
  expect(await readOnly.stop()).toBe(0);
  expect(can('F39', 'mount', '-o', 'remount,rw', dir)).toBe(true);
  const again = await start(dir, flags);
  await withClient(again, async (client) => {
    for (let i = 0; i < 100; i++) expect(await client.text('GET', `k${i}`)).toBeNull();
  });
  expect(await again.stop()).toBe(0);
});

test('F40: a directory that may not be written, as nobody: goes on without a disk layer', async () => {
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  if (
    !can(
      'F40',
      nobody[0]!,
      ...nobody.slice(1),
      process.execPath,
      '-e',
      `require(${JSON.stringify(join(__dirname, '../../package.json'))})`,
    )
  )
    return;
  const dir = newHome();
  const journals = newHome();
  fs.chmodSync(dir, 0o555);
  fs.chmodSync(journals, 0o777);
  const larder = await start(dir, ['--journal-dir', journals], nobody);
  await withClient(larder, async (client) => {
    await fill(client, 20);
    await expectFilled(client, 20);
    expect(await infoOf(client, 'disk_state')).toBe('off');
  });
  expect(await larder.stop()).toBe(0);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('a file that can be neither used nor removed, nor be marked: refuses to start and names it', async () => {
  const dir = tmpfs('F39', '8m');
  if (dir === null) return;
  const first = await start(dir);
  await withClient(first, (client) => fill(client, 10));
  expect(await first.stop()).toBe(0);
  expect(can('F39', 'mount', '-o', 'remount,ro', dir)).toBe(true);
  const { code, stderr } = await runLarder(['--port', '0', '--admin-port', '0', '--dir', dir, '--journal-dir', dir]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^larder: [^\n]*larder\.db[^\n]*\n$/) });
});

test('started without a disk layer in between: what the file holds is not served later', async () => {
  const dir = newHome();
  const first = await start(dir);
  await withClient(first, (client) => fill(client, 10));
  const beside = await start(dir, ['--disk', 'off']);
  expect(await beside.stop()).toBe(0);
  expect(await first.stop()).toBe(0);
  const again = await start(dir);
  await withClient(again, (client) => expectFilled(client, 10));
  expect(await again.stop()).toBe(0);
  const without = await start(dir, ['--disk', 'off']);
  expect(without.log()).toContain('it will begin anew');
  await withClient(without, (client) => client.text('INVALTAG', 't'));
  expect(await without.stop()).toBe(0);
  for (const _ of ['distrusts it', 'begins anew']) {
    const last = await start(dir);
    await withClient(last, async (client) => expect(await client.text('GET', 'k1')).toBeNull());
    expect(await last.stop()).toBe(0);
  }
  expect(fs.readdirSync(dir)).toEqual(['larder.db']);
});

test('F19: a client from elsewhere, and no password: DENIED, and counted', async () => {
  const address = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  if (address === undefined) return skipped('F19', 'this host has no address but the loopback one');
  const larder = await start(newHome(), ['--bind', address, '--disk', 'off']);
  const denied = await WireClient.open(larder.port, address);
  expect(await denied.all()).toMatch(/^-DENIED Redis is running in protected mode [^\r]*\r\n$/);
  await larder.stop();
});

test('F54: a second signal while the first waits for a hung loader: ends at once, with 1', async () => {
  const asked = new EventEmitter();
  const origin = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => asked.emit('load'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => origin.once('listening', resolve));
  const { port } = origin.address() as { port: number };
  const home = newHome();
  const config = join(home, 'larder.yaml');
  fs.writeFileSync(
    config,
    `sources:\n  api: { http: "http://127.0.0.1:${port}", timeout: 60s }\nkeys:\n  - match: "k:{id}"\n    load: { from: api, path: "/{id}" }\n`,
  );
  const ends = async (signals: NodeJS.Signals[]) => {
    const larder = await start(home, [config]);
    const client = await RequestClient.open(larder.port);
    await client.text('SET', 'kept', 'value');
    const isAsked = once(asked, 'load');
    client.ask('GET', 'k:1').catch(() => undefined);
    await isAsked;
    const ended = new Promise((resolve) => larder.process.once('exit', resolve));
    for (const signal of signals) larder.process.kill(signal);
    return ended;
  };
  expect(await ends(['SIGTERM'])).toBe(0);
  expect(await ends(['SIGTERM', 'SIGINT'])).toBe(1);
  origin.close();
  const again = await start(home);
  // Written again just before the end at once: perhaps not in the file, and the row before it is dead.
  await withClient(again, async (client) => expect([null, 'value']).toContain(await client.text('GET', 'kept')));
  expect(await again.stop()).toBe(0);
});
