import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { bytesOf } from '../../../src/base/bytes';
import type { DiskLayer, TagEpochs } from '../../../src/layers/disk/disk-layer';
import { directoryKeys, fill, type Home, newHome, openDisk, readText, row } from './support';

const journalsOf = (home: Home) => fs.readdirSync(home.journalDir).map((name) => join(home.journalDir, name));

async function everything(disk: DiskLayer) {
  const tags: TagEpochs[] = [];
  const edges: unknown[] = [];
  await disk.loadTags((page) => void tags.push(...page));
  await disk.loadEdges((page) => void edges.push(...page));
  return { tags, edges };
}

/** One of everything that a commit makes durable. */
async function say(disk: DiskLayer): Promise<void> {
  disk.tag('t', 5);
  disk.tag('\xff', 7);
  disk.tag('t', 9);
  disk.tagSoft('t', 11, 12_345, 600);
  disk.tagSoft('t', 10, 1, 1);
  disk.tagSoft('\xff\xff', 12, 1, 0);
  disk.edge(true, 0, 'source', 'dependent');
  disk.edge(true, 0, 'source', 'other');
  disk.edge(true, 1, '\xfe', '');
  disk.edge(false, 0, 'source', 'other');
  disk.dbMap(Uint8Array.from({ length: 16 }, (_, db) => 15 - db));
  disk.reserveEpochs(100);
  await disk.commit();
}

const SAID = {
  tags: [
    ['t', 9, null],
    ['t', 0, { epoch: 11, atMs: 12_345, staggerMs: 600 }],
    ['\xff', 7, null],
    ['\xff\xff', 0, { epoch: 12, atMs: 1, staggerMs: 0 }],
  ],
  edges: [
    [0, 'source', 'dependent'],
    [1, '\xfe', ''],
  ],
};

for (const durability of ['process', 'power'] as const) {
  describe(`durability ${durability}`, () => {
    test.each(['in order', 'as if killed'])('stopped %s, everything committed is back', async (how) => {
      const home = newHome();
      const { disk, boot } = await openDisk(home, { durability });
      expect(boot).toMatchObject({ rows: 0, clean: true, dbMap: null, emptyBecause: '' });
      await fill(disk, 10);
      disk.kill(0, bytesOf('k3'), 50);
      await say(disk);
      await disk.close(how === 'in order');
      const again = await openDisk(home, { durability });
      expect(again.boot).toMatchObject({ clean: how === 'in order', emptyBecause: '', quarantined: '' });
      expect(again.boot.epoch).toBeGreaterThan(100);
      expect([...again.boot.dbMap!]).toEqual(Array.from({ length: 16 }, (_, db) => 15 - db));
      expect(await everything(again.disk)).toEqual(SAID);
      expect(await directoryKeys(again.disk)).toEqual(['k0', 'k1', 'k2', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9']);
      expect(await readText(again.disk, 'k3')).toBeNull();
      await again.disk.audit();
    });

    test('a flush that was committed holds after a crash', async () => {
      const home = newHome();
      const { disk } = await openDisk(home, { durability });
      await fill(disk, 10);
      disk.writeRow(row('other', 'v', 11, { db: 1 }));
      await disk.flushed();
      disk.flushDb(0, 20);
      await disk.commit();
      await disk.close(false);
      const again = await openDisk(home, { durability });
      expect(await readText(again.disk, 'k1')).toBeNull();
      expect(await directoryKeys(again.disk)).toEqual(['other']);
    });
  });
}

test('tags and edges come in pages', async () => {
  const { disk } = await openDisk(newHome(), { pageRowsMax: 3 });
  const names = Array.from({ length: 10 }, (_, i) => `t${i}`);
  for (const [i, name] of names.entries()) {
    disk.tag(name, i + 1);
    disk.edge(true, i % 3, 's', name);
  }
  disk.forgetTags(['t4']);
  disk.clearEdges(1);
  await disk.flushed();
  const { tags, edges } = await everything(disk);
  expect(tags.map(([name]) => name)).toEqual(names.filter((name) => name !== 't4'));
  expect(edges).toHaveLength(7);
});

test('a crash before the worker had the kill: the journal has it', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 2);
  disk.kill(0, bytesOf('k0'), 10);
  disk.writeRow(row('k0', 'never sent', 11));
  expect(disk.commit()).toBeUndefined();
  expect(disk.stats().journalBytes).toBeGreaterThan(40);
  await disk.close(false);
  const again = await openDisk(home);
  expect(await readText(again.disk, 'k0')).toBeNull();
  expect(await readText(again.disk, 'k1')).toBe('v'.repeat(10));
  // Two journals and a watermark.
  expect(journalsOf(home)).toHaveLength(3);
});

test('a kill spares what was written after it', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 1);
  disk.kill(0, bytesOf('k0'), 10);
  disk.commit();
  disk.writeRow(row('k0', 'new', 11));
  await disk.flushed();
  await disk.close(false);
  expect(await readText((await openDisk(home)).disk, 'k0')).toBe('new');
});

test('crash after crash: journals that were not applied yet are not lost', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 3);
  for (let i = 0; i < 3; i++) {
    const next = i === 0 ? disk : (await openDisk(home)).disk;
    next.kill(0, bytesOf(`k${i}`), 10 + i);
    next.commit();
    await next.close(false);
  }
  expect(await directoryKeys((await openDisk(home)).disk)).toEqual([]);
});

test('killed by another boot of the machine, the file is not trusted; written at FULL it is', async () => {
  for (const durability of ['process', 'power'] as const) {
    const home = newHome();
    const { disk } = await openDisk(home, { durability });
    await fill(disk, 3);
    await disk.close(false);
    const again = await openDisk(home, { durability, bootId: 'next boot' });
    expect(again.boot.emptyBecause).toBe(durability === 'process' ? 'unclean stop of the machine' : '');
    expect(await directoryKeys(again.disk)).toHaveLength(durability === 'process' ? 0 : 3);
    expect(fs.readdirSync(home.dir).filter((name) => name.includes('untrusted'))).toEqual([]);
  }
});

test('closed in order, the file is trusted by any boot', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 3);
  await disk.close();
  expect(journalsOf(home)).toEqual([]);
  const again = await openDisk(home, { bootId: 'next boot' });
  expect(again.boot).toMatchObject({ rows: 3, clean: true, emptyBecause: '' });
});

test.each(['removed', 'not ours', 'half a header'])(
  'after a crash with the journal %s, the file is not trusted',
  async (how) => {
    const home = newHome();
    const { disk } = await openDisk(home);
    await fill(disk, 3);
    await disk.close(false);
    const [journal] = journalsOf(home);
    if (how === 'removed') fs.rmSync(journal!);
    else if (how === 'not ours') fs.writeFileSync(journal!, 'something else entirely, of some length');
    else fs.truncateSync(journal!, 10);
    const again = await openDisk(home);
    expect(again.boot.emptyBecause).toBe('unclean stop, and the journal is missing');
    expect(await directoryKeys(again.disk)).toEqual([]);
  },
);

test('an unclean file of `process` that is opened for `power` is still judged by its journal', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 2);
  disk.kill(0, bytesOf('k0'), 10);
  disk.commit();
  await disk.close(false);
  const power = await openDisk(home, { durability: 'power' });
  expect(await directoryKeys(power.disk)).toEqual(['k1']);
  await power.disk.close(false);
  const again = await openDisk(home, { durability: 'power', bootId: 'next boot' });
  expect(await directoryKeys(again.disk)).toEqual(['k1']);
});

test('a torn tail of the journal ends it, and nothing before it is lost', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 3);
  for (const [i, key] of ['k0', 'k1', 'k2'].entries()) {
    disk.kill(0, bytesOf(key), 10 + i);
    disk.commit();
  }
  await disk.close(false);
  const journal = journalsOf(home).find((path) => path.endsWith('.a'))!;
  fs.truncateSync(journal, fs.statSync(journal).size - 3);
  expect(await directoryKeys((await openDisk(home)).disk)).toEqual(['k2']);
});

test('epochs continue above everything used', async () => {
  const home = newHome();
  const { disk, boot } = await openDisk(home, { epochBlock: 100 });
  let next = boot.epoch;
  for (; next < 1234; next++) {
    disk.reserveEpochs(next);
    disk.commit();
  }
  await disk.close(false);
  const again = await openDisk(home, { epochBlock: 100 });
  expect(again.boot.epoch).toBeGreaterThan(1234);
  expect(again.boot.epoch).toBeLessThan(1234 + 200);
  disk.reserveEpochs(0);
});

test.each(['process', 'power'] as const)(
  'SIGKILL, durability %s: what was acknowledged as dead stays dead',
  async (durability) => {
    const home = newHome();
    for (let round = 0; round < 3; round++) {
      const child = spawn(process.execPath, [join(__dirname, 'crash-child.js'), home.dir, home.journalDir, durability]);
      let said = '';
      await new Promise<void>((done) => {
        child.stderr.on('data', (data) => process.stderr.write(data));
        child.stdout.on('data', (data) => {
          said += data;
          if (said.includes(`dead ${80 + round * 7} `)) child.kill('SIGKILL');
        });
        child.on('close', () => done());
      });
      const lines = said.split('\n').slice(0, -1);
      const last = Number(lines.at(-1)!.split(' ')[2]);
      const { disk, boot } = await openDisk(home, {
        durability,
        bootId: fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      });
      expect(boot).toMatchObject({ clean: false, emptyBecause: '' });
      expect(boot.epoch).toBeGreaterThan(last);
      const notes = new Map<string, number>();
      await disk.loadNotes('note', (name, value) => void notes.set(name, Number(value)));
      for (const line of lines.filter((line) => line.startsWith('dead')).slice(-50)) {
        const [, i, version] = line.split(' ').map(Number);
        expect(notes.get(`note${i! % 50}`)).toBeGreaterThanOrEqual(version!);
      }
      const keys = await directoryKeys(disk);
      expect(keys.filter((key) => key.startsWith('kept'))).toHaveLength(200);
      const dead = lines.filter((line) => line.startsWith('dead')).map((line) => `gone${line.split(' ')[1]}`);
      expect(dead.length).toBeGreaterThan(80);
      expect(keys.filter((key) => dead.includes(key))).toEqual([]);
      await disk.audit();
      await disk.close(round % 2 === 0);
    }
  },
);

/** Everything that can happen to four keys; `keys` is what must be read, `maybe` what a crash may also leave behind. */
test('any history of writes, kills, flushes and crashes agrees with a model', async () => {
  const key = fc.integer({ min: 0, max: 3 }).map((n) => `k${n}`);
  const step = fc.oneof(
    { weight: 4, arbitrary: key.map((k) => ['write', k] as const) },
    { weight: 3, arbitrary: key.map((k) => ['kill', k] as const) },
    { weight: 1, arbitrary: fc.constant(['flush', ''] as const) },
    { weight: 2, arbitrary: fc.constant(['settle', ''] as const) },
    { weight: 2, arbitrary: key.map((k) => ['read', k] as const) },
    { weight: 1, arbitrary: fc.constantFrom(['crash', ''] as const, ['restart', ''] as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const home = newHome();
      let { disk } = await openDisk(home, { journalBytesMax: 200, batchOpsMax: 3 });
      const model = new Map<string, string>();
      let version = 1;
      let settled = true;
      for (const [what, k] of steps) {
        version++;
        if (what === 'write') {
          disk.kill(0, bytesOf(k), version);
          disk.writeRow(row(k, `${version}`, version));
          model.set(k, `${version}`);
          settled = false;
        } else if (what === 'kill') {
          disk.kill(0, bytesOf(k), version);
          model.delete(k);
        } else if (what === 'flush') {
          disk.flushDb(0, version);
          model.clear();
        } else if (what === 'read') expect(await readText(disk, k)).toBe(model.get(k) ?? null);
        else if (what === 'settle') {
          await disk.flushed();
          settled = true;
        } else {
          await disk.commit();
          await disk.close(what === 'restart');
          ({ disk } = await openDisk(home, { journalBytesMax: 200, batchOpsMax: 3 }));
          for (const at of ['k0', 'k1', 'k2', 'k3']) {
            const found = await readText(disk, at);
            const expected = model.get(at) ?? null;
            if (what === 'restart' || settled || found !== null) expect(found).toBe(expected);
            else model.delete(at);
          }
          settled = true;
        }
        await disk.commit();
      }
      await disk.audit();
      await disk.close(false);
    }),
    { numRuns: 12 },
  );
});
