import { bytesOf } from '../../../src/base/bytes';
import { WideKeyHash } from '../../../src/base/key-hash';
import { NEVER } from '../../../src/layers/layer';
import { directoryKeys, fill, newHome, openDisk, readText, row } from './support';

test('a row comes back whole', async () => {
  const { disk } = await openDisk(newHome());
  const written = row('k\xff\x00', '\x00\xfe value', 7, {
    db: 3,
    type: 2,
    expiresAt: 1_000_500,
    tags: ['a', '\xff'],
    sources: ['s'],
  });
  disk.writeRow(written);
  const read = await disk.read(3, bytesOf('k\xff\x00'));
  expect(read).toMatchObject({ db: 3, type: 2, version: 7, expiresAt: 1_000_500, tags: ['a', '\xff'], sources: ['s'] });
  expect(read!.key.toString('latin1')).toBe('k\xff\x00');
  expect(read!.value.toString('latin1')).toBe('\x00\xfe value');
  expect(await disk.read(2, bytesOf('k\xff\x00'))).toBeNull();
  expect(await disk.read(3, bytesOf('k\xfe\x00'))).toBeNull();
});

test('an expiry follows the wall clock across a restart with another offset', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  disk.writeRow(row('k', 'v', 1, { expiresAt: 1_000_500 }));
  disk.writeRow(row('forever', 'v', 2));
  await disk.close();
  home.world.clock.now = 10;
  home.world.clock.wallOffsetMs = 1_005_000;
  const again = await openDisk(home);
  expect((await again.disk.read(0, bytesOf('k')))!.expiresAt).toBe(500);
  expect((await again.disk.read(0, bytesOf('forever')))!.expiresAt).toBe(NEVER);
});

test('empty and large values', async () => {
  const { disk } = await openDisk(newHome());
  const large = 'x'.repeat(3 << 20);
  disk.writeRow(row('', '', 1));
  disk.writeRow(row('large', large, 2));
  disk.writeRow(row('after', 'v', 3));
  const [none, whole, after] = await Promise.all([
    readText(disk, ''),
    readText(disk, 'large'),
    readText(disk, 'after'),
  ]);
  expect(none).toBe('');
  expect(whole === large).toBe(true);
  expect(after).toBe('v');
});

test('what is sent later wins, written or deleted, in one batch or several', async () => {
  const { disk } = await openDisk(newHome());
  disk.writeRow(row('a', 'old', 1));
  disk.kill(0, bytesOf('a'), 2);
  disk.writeRow(row('b', 'old', 3));
  await disk.flushed();
  disk.kill(0, bytesOf('b'), 4);
  disk.writeRow(row('b', 'new', 5));
  disk.writeRow(row('c', 'v', 6));
  disk.deleteRow(0, bytesOf('c'), 6);
  disk.writeRow(row('d', 'v', 7));
  disk.deleteRow(0, bytesOf('d'), 6);
  await disk.flushed();
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => readText(disk, key)))).toEqual([null, 'new', null, 'v']);
  await disk.audit();
  expect(disk.stats().rows).toBe(2);
});

test('a read comes after what was gathered before it, and is not given what died while it was on its way', async () => {
  const { disk } = await openDisk(newHome());
  disk.writeRow(row('a', 'v', 1));
  expect(await readText(disk, 'a')).toBe('v');
  disk.kill(0, bytesOf('a'), 2);
  expect(await readText(disk, 'a')).toBeNull();

  disk.writeRow(row('b', 'v', 3));
  disk.writeRow(row('c', 'v', 4));
  await disk.flushed();
  const b = readText(disk, 'b');
  const c = readText(disk, 'c');
  const again = readText(disk, 'b');
  disk.kill(0, bytesOf('b'), 5);
  expect(await Promise.all([b, c, again])).toEqual([null, 'v', null]);
});

test('a flushed database is empty at once, and its rows are reclaimed', async () => {
  const { disk } = await openDisk(newHome());
  await fill(disk, 1500);
  disk.writeRow(row('other', 'v', 2000, { db: 1 }));
  await disk.flushed();
  const reading = readText(disk, 'k1');
  disk.flushDb(0, 2001);
  disk.writeRow(row('k2', 'new', 2002));
  expect(await reading).toBeNull();
  expect(await readText(disk, 'k3')).toBeNull();
  expect(await readText(disk, 'k2')).toBe('new');
  expect(await directoryKeys(disk)).toEqual(['k2', 'other']);
  while (disk.stats().rows > 2) {
    disk.forgetTags(['nothing']);
    await disk.flushed();
  }
  expect(disk.stats().rows).toBe(2);
  await disk.audit();
});

test('reads of one loop turn travel in one message; beyond the limit they are refused', async () => {
  const { disk } = await openDisk(newHome(), { readsQueuedMax: 100 });
  await fill(disk, 100);
  const values = await Promise.all(Array.from({ length: 100 }, (_, i) => readText(disk, `k${i}`)));
  expect(values).toEqual(Array(100).fill('v'.repeat(10)));
  expect(disk.stats().readMessages).toBe(1);
  const waiting = Array.from({ length: 100 }, (_, i) => readText(disk, `k${i}`));
  await expect(readText(disk, 'k1')).rejects.toMatchObject({ name: 'DiskFailure', code: 'reads-full' });
  await Promise.all(waiting);
  expect(await readText(disk, 'k1')).not.toBeNull();
  expect(disk.stats().readsQueued).toBe(0);
});

test('keys of one row id replace each other and are never mixed up', async () => {
  const { disk } = await openDisk(newHome());
  disk.rowId = () => 42;
  disk.writeRow(row('a', 'of a', 1));
  expect(await readText(disk, 'a')).toBe('of a');
  disk.writeRow(row('b', 'of b', 2));
  expect(await readText(disk, 'a')).toBeNull();
  expect(await readText(disk, 'b')).toBe('of b');
});

test('row ids are whole numbers of 53 bits that tell databases and neighbours apart', () => {
  const ids = new Set<number>();
  const hasher = new WideKeyHash(7, -9);
  for (let db = 0; db < 4; db++)
    for (let i = 0; i < 5000; i++) ids.add(hasher.hash(db, Buffer.from(`key:${i}`), 0, `key:${i}`.length));
  expect(ids.size).toBe(20_000);
  expect([...ids].every((id) => Number.isSafeInteger(id) && id >= 0)).toBe(true);
  expect(Math.max(...ids)).toBeGreaterThan(2 ** 52);
});

test('the directory comes in pages with everything but values, and waits until a page is settled', async () => {
  const { disk } = await openDisk(newHome(), { pageRowsMax: 100 });
  for (let i = 0; i < 250; i++) {
    disk.writeRow(
      row(`k${i}`, 'v'.repeat(i), i + 1, { hits: i, tags: i % 2 ? ['odd'] : [], expiresAt: 2_000_000 + i }),
    );
  }
  let open = 0;
  const pages: number[] = [];
  await disk.loadDirectory(async (rows) => {
    expect(++open).toBe(1);
    for (const { key, hits, tags, valueLength, expiresAt, version } of rows) {
      expect(key.buf.toString('latin1', key.start, key.end)).toBe(`k${hits}`);
      expect([valueLength, expiresAt, version, tags.length]).toEqual([hits, 2_000_000 + hits, hits + 1, hits % 2]);
    }
    pages.push(rows.length);
    await Promise.resolve();
    open--;
  });
  expect(pages).toEqual([100, 100, 50]);
});

test('a row that dies while its page is on its way is not in the page', async () => {
  const { disk } = await openDisk(newHome());
  await fill(disk, 10);
  const loading = directoryKeys(disk);
  await Promise.resolve();
  await Promise.resolve();
  disk.kill(0, bytesOf('k4'), 100);
  expect(await loading).not.toContain('k4');
  expect(disk.stats().rows).toBe(10);
});

test('the heat list gives rows with values in its order, skipping those that are gone', async () => {
  const home = newHome();
  const { disk } = await openDisk(home, { heatPageRowsMax: 2 });
  await fill(disk, 10);
  const ids = (keys: string[]) => Float64Array.from(keys, (key) => disk.rowId(0, bytesOf(key)));
  disk.saveHeat(0, ids(['k0']), false);
  disk.saveHeat(1, ids(['k0']), false);
  disk.saveHeat(2, ids(['k0']), true);
  disk.saveHeat(0, ids(['k7', 'k3', 'gone', 'k9']), false);
  disk.saveHeat(1, ids(['k1']), true);
  await disk.close();
  const again = await openDisk(home, { heatPageRowsMax: 2 });
  const hot: string[] = [];
  for await (const { key, value } of again.disk.heat()) hot.push(`${key.toString('latin1')}=${value.length}`);
  expect(hot).toEqual(['k7=10', 'k3=10', 'k9=10', 'k1=10']);
});

test('a closed layer answers misses and takes nothing', async () => {
  const { disk } = await openDisk(newHome());
  await fill(disk, 3);
  expect(await disk.close()).toBe(true);
  expect(await readText(disk, 'k1')).toBeNull();
  expect(disk.writeRow(row('k', 'v', 9))).toBe(false);
  expect(disk.acceptsBatch()).toBe(false);
  disk.kill(0, bytesOf('k1'), 10);
  expect(disk.commit()).toBeUndefined();
  expect(await directoryKeys(disk)).toEqual([]);
});
