import * as fs from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { bytesOf, latin1Of } from '../../../src/base/bytes';
import { goOnWithout } from '../../../src/layers/disk/distrust';
import type { JournalIo } from '../../../src/layers/disk/journal';
import { journalPlaceFor } from '../../../src/layers/disk/place';
import { directoryKeys, failpointAt, fill, newHome, openDisk, readText, row } from './support';

test('disk-max-bytes: the oldest go, and the engine is told which', async () => {
  const { disk } = await openDisk(newHome(), { diskBytesMax: 400_000 });
  const gone: number[] = [];
  disk.onEvicted = (rows) => {
    for (const { key, version, db } of rows) {
      expect([db, latin1Of(key)]).toEqual([0, `k${version - 1}`]);
      gone.push(version);
    }
  };
  for (let from = 0; from < 4000; from += 500) {
    for (let i = from; i < from + 500; i++) disk.writeRow(row(`k${i}`, 'v'.repeat(100), i + 1));
    await disk.flushed();
  }
  for (let turns = 0; Math.max(disk.stats().liveBytes, disk.stats().fileBytes) > 400_000 && turns < 300; turns++) {
    disk.forgetTags(['nothing']);
    await disk.flushed();
  }
  expect(gone.length).toBeGreaterThan(1500);
  expect(gone).toHaveLength(new Set(gone).size);
  const left = (await directoryKeys(disk)).map((key) => Number(key.slice(1)) + 1);
  expect(Math.max(...gone)).toBeLessThan(Math.min(...left));
  expect(disk.stats()).toMatchObject({ evicted: gone.length, rows: left.length });
  expect(disk.stats().fileBytes).toBeLessThanOrEqual(400_000);
  await disk.audit();
});

test('F37: SQLITE_FULL: rows are left out and reported, kills are not; later there is room again', async () => {
  const home = newHome();
  const { disk } = await openDisk(home, { pageCountMax: 60 });
  const gone = new Set<string>();
  disk.onEvicted = (rows) => {
    for (const { key } of rows) gone.add(latin1Of(key));
  };
  await fill(disk, 400, 1, 100);
  disk.writeRow(
    row('k0', 'newer, and too large', 1000, { value: { buf: Buffer.alloc(300_000), start: 0, end: 300_000 } }),
  );
  disk.kill(0, bytesOf('k399'), 1001);
  disk.tag('t', 1002);
  await disk.flushed();
  expect(disk.stats().writeErrors).toBe(1);
  expect(gone.has('k0')).toBe(true);
  expect(await readText(disk, 'k0')).toBeNull();
  expect(await readText(disk, 'k399')).toBeNull();

  expect(disk.acceptsBatch()).toBe(false);
  expect(disk.writeRow(row('k', 'v', 1003))).toBe(false);
  expect(disk.stats()).toMatchObject({ shed: 1, state: 'open' });
  home.world.clock.now += 1000;
  expect(disk.acceptsBatch()).toBe(true);
  disk.writeRow(row('k', 'v', 1003));
  expect(await readText(disk, 'k')).toBe('v');
  await disk.audit();
  await disk.close(false);
  const again = await openDisk(home);
  expect(await readText(again.disk, 'k0')).toBeNull();
  expect(await readText(again.disk, 'k399')).toBeNull();
});

/** Writes of the journal fail from the n-th on. */
function failingIo(writesBefore: number): JournalIo {
  let writes = 0;
  return {
    openSync: fs.openSync,
    ftruncateSync: fs.ftruncateSync,
    closeSync: fs.closeSync,
    unlinkSync: fs.unlinkSync,
    writeSync: (...call) => {
      if (writes++ >= writesBefore) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return fs.writeSync(...call);
    },
  };
}

test('the journal cannot be written: the file is gone before the commit returns, and the layer is off', async () => {
  const home = newHome();
  const { disk } = await openDisk(home, { journalIo: failingIo(2) });
  await fill(disk, 3);
  const disabled: string[] = [];
  disk.onDisabled = (reason) => disabled.push(reason);
  disk.kill(0, bytesOf('k0'), 10);
  expect(disk.commit()).toBeUndefined();
  const reading = readText(disk, 'k1');
  disk.kill(0, bytesOf('k1'), 11);
  expect(disk.commit()).toBeUndefined();
  expect(fs.existsSync(home.file)).toBe(false);
  expect(disabled).toEqual([expect.stringContaining('no space left')]);
  expect(await reading).toBeNull();
  expect(await readText(disk, 'k2')).toBeNull();
  disk.kill(0, bytesOf('k2'), 12);
  expect(disk.commit()).toBeUndefined();
  expect(disk.stats().state).toBe('disabled');
  await disk.close();
  expect((await openDisk(home)).boot.rows).toBe(0);
});

/**
 * Makes the file impossible to remove: there is a directory in its place; and, unless `mark`, no mark can be left beside it.
 * Returns what puts it back.
 */
function unremovable(file: string, mark: boolean): () => void {
  fs.renameSync(file, `${file}.moved`);
  fs.mkdirSync(file);
  if (!mark) fs.mkdirSync(`${file}.distrusted`);
  return () => {
    if (!mark) fs.rmdirSync(`${file}.distrusted`);
    fs.rmdirSync(file);
    fs.renameSync(`${file}.moved`, file);
  };
}

test.each([
  ['beside it', true],
  ['beside the journals', false],
])('F42: and if the file cannot be removed, a mark %s says that it is not to be trusted', async (_where, mark) => {
  const home = newHome();
  const { disk } = await openDisk(home, { journalIo: failingIo(1) });
  await fill(disk, 3);
  const putBack = unremovable(home.file, mark);
  const disabled: unknown[] = [];
  disk.onDisabled = (_reason, isGone) => disabled.push(isGone);
  disk.kill(0, bytesOf('k0'), 10);
  expect(disk.commit()).toBeUndefined();
  expect(disabled).toEqual([true]);
  putBack();
  await disk.close(false);
  const again = await openDisk(home);
  expect(again.boot).toMatchObject({ rows: 0, emptyBecause: 'an earlier session could not use it' });
  await fill(again.disk, 3);
  await again.disk.close();
  expect((await openDisk(home)).boot.rows).toBe(3);
});

test('F42: a mark would not outlive a power cut: `power` says that the commit is not durable', async () => {
  const home = newHome();
  const counting = failpointAt(1_000, 'SQLITE_FULL');
  await openDisk(newHome(), { durability: 'power', failpoint: counting });
  const start = new Int32Array(counting.calls)[0]!;
  const failpoint = failpointAt(start + 5, 'SQLITE_FULL', true);
  const { disk } = await openDisk(home, { durability: 'power', failpoint });
  const putBack = unremovable(home.file, false);
  const commit = async (version: number) => {
    disk.kill(0, bytesOf('k0'), version);
    await disk.commit();
  };
  const failed = { name: 'DiskFailure', code: 'not-durable' };
  await expect(Promise.all(Array.from({ length: 20 }, (_, i) => commit(10 + i)))).rejects.toMatchObject(failed);
  await expect(commit(40)).rejects.toMatchObject(failed);
  putBack();
});

test('and if a mark cannot be left either, the commit says that it is not durable', async () => {
  const home = newHome();
  const { disk } = await openDisk(home, { journalIo: failingIo(1) });
  await fill(disk, 3);
  const [journal] = fs.readdirSync(home.journalDir);
  fs.mkdirSync(join(home.journalDir, journal!.replace(/[0-9a-f]{16}\.[ab]$/, 'distrusted')));
  const putBack = unremovable(home.file, false);
  let gone = 0;
  disk.onGone = () => gone++;
  disk.kill(0, bytesOf('k0'), 10);
  expect(() => disk.commit()).toThrow(expect.objectContaining({ name: 'DiskFailure', code: 'not-durable' }));
  disk.kill(0, bytesOf('k0'), 11);
  expect(() => disk.commit()).toThrow(expect.objectContaining({ code: 'not-durable' }));
  expect(disk.stats().state).toBe('stuck');
  putBack();
  expect(gone).toBe(0);
  home.world.fireTimers();
  expect(disk.stats().state).toBe('disabled');
  expect(gone).toBe(1);
  expect(fs.existsSync(home.file)).toBe(false);
  disk.kill(0, bytesOf('k0'), 12);
  expect(disk.commit()).toBeUndefined();
});

test('a start that cannot use the file, nor remove or mark it, says so and tries again', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 3);
  await disk.close();
  const putBack = unremovable(home.file, false);
  const { dir, journalDir, world } = home;
  const place = journalPlaceFor(journalDir, dir, world.random);
  goOnWithout({ dir, world, durability: 'process' }, place, 'read-only', 10_000);
  expect(world.logged).toEqual([expect.stringContaining('old values may be served')]);
  expect(fs.readdirSync(journalDir)).toEqual([expect.stringContaining('-distrusted')]);
  world.fireTimers();
  expect(fs.existsSync(home.file)).toBe(true);
  putBack();
  world.fireTimers();
  expect(fs.existsSync(home.file)).toBe(false);
  expect(() => goOnWithout({ dir, world, durability: 'power' }, place, 'read-only', 10_000)).not.toThrow();
});

test('F49: the log is cut when it passes its limit, and a file kept from growing by another reader is not ours to have', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  for (let i = 0; i < 40; i++) {
    disk.writeRow(row(`k${i}`, '', i + 1, { value: { buf: Buffer.alloc(3 << 20), start: 0, end: 3 << 20 } }));
    await disk.flushed();
    expect(fs.statSync(`${home.file}-wal`).size).toBeLessThan(70 << 20);
  }
  expect(() => new Database(home.file, { timeout: 0 }).prepare('SELECT 1 FROM entries').get()).toThrow('locked');
});
