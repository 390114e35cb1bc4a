import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { DiskLayer } from '../../../src/layers/disk/disk-layer';
import { NOTE_BYTES_MAX, NOTE_NAME_BYTES_MAX } from '../../../src/layers/disk/notes';
import { FORMAT_VERSION } from '../../../src/layers/disk/worker/schema';
import { fill, type Home, newHome, openDisk, readText } from './support';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

async function notesOf(disk: DiskLayer, prefix = ''): Promise<[string, string][]> {
  const notes: [string, string][] = [];
  await disk.loadNotes(prefix, (name, value) => void notes.push([name, value.toString('latin1')]));
  return notes;
}

function edit(home: Home, change: (db: Database.Database) => void): void {
  const db = new Database(home.file);
  change(db);
  db.close();
}

test('notes come back by prefix, in the order of their bytes, a page at a time', async () => {
  const { disk } = await openDisk(newHome(), { pageRowsMax: 2 });
  for (const name of ['b1', 'a', 'b', 'b\xff', 'b\x00', 'c', '\xff\xfe'])
    expect(disk.saveNote(name, bytes(`<${name}>`))).toBe(true);
  disk.saveNote('b1', bytes('again'));
  disk.saveNote('c', bytes(''));
  expect(await notesOf(disk)).toEqual([
    ['a', '<a>'],
    ['b', '<b>'],
    ['b\x00', '<b\x00>'],
    ['b1', 'again'],
    ['b\xff', '<b\xff>'],
    ['c', ''],
    ['\xff\xfe', '<\xff\xfe>'],
  ]);
  expect((await notesOf(disk, 'b')).map(([name]) => name)).toEqual(['b', 'b\x00', 'b1', 'b\xff']);
  disk.deleteNote('b');
  disk.deleteNote('nothing');
  expect((await notesOf(disk, 'b')).map(([name]) => name)).toEqual(['b\x00', 'b1', 'b\xff']);
  expect(await notesOf(disk, 'x')).toEqual([]);
});

test('large notes: a page is about a megabyte', async () => {
  const { disk } = await openDisk(newHome());
  const large = 'x'.repeat(NOTE_BYTES_MAX);
  for (let i = 0; i < 5; i++) expect(disk.saveNote(`n${i}`, bytes(large))).toBe(true);
  const notes = await notesOf(disk, 'n');
  expect(notes.map(([name, value]) => [name, value === large])).toEqual([0, 1, 2, 3, 4].map((i) => [`n${i}`, true]));
});

test('the limits: of a name, of a value, of how many, of all bytes; and they hold after a restart', async () => {
  const home = newHome();
  const limits = { notesMax: 3, notesBytesMax: 100 };
  const { disk } = await openDisk(home, limits);
  expect(disk.saveNote('', bytes('v'))).toBe(false);
  expect(disk.saveNote('n'.repeat(NOTE_NAME_BYTES_MAX + 1), bytes('v'))).toBe(false);
  expect(disk.saveNote('n', Buffer.alloc(NOTE_BYTES_MAX + 1))).toBe(false);
  expect(disk.saveNote('a', bytes('x'.repeat(100)))).toBe(false);
  for (const name of ['a', 'b', 'c']) expect(disk.saveNote(name, bytes('v'))).toBe(true);
  expect(disk.saveNote('d', bytes('v'))).toBe(false);
  expect(disk.saveNote('c', bytes('x'.repeat(95)))).toBe(true);
  expect(disk.saveNote('c', bytes('x'.repeat(96)))).toBe(false);
  await disk.commit();
  await disk.close(false);
  const again = await openDisk(home, limits);
  expect(again.disk.stats()).toMatchObject({ notes: 3, noteBytes: 100 });
  expect(again.disk.saveNote('d', bytes('v'))).toBe(false);
  again.disk.deleteNote('c');
  expect(again.disk.saveNote('d', bytes('v'))).toBe(true);
  expect((await notesOf(again.disk)).map(([name]) => name)).toEqual(['a', 'b', 'd']);
  expect(again.disk.stats()).toMatchObject({ notes: 3, noteBytes: 6 });
});

for (const durability of ['process', 'power'] as const) {
  test.each(['in order', 'as if killed'])(
    `durability ${durability}, stopped %s: what was committed is back`,
    async (how) => {
      const home = newHome();
      const { disk } = await openDisk(home, { durability });
      disk.saveNote('kept', bytes('old'));
      disk.saveNote('gone', bytes('v'));
      disk.saveNote('bulk', bytes('1'), true);
      await disk.flushed();
      disk.saveNote('kept', bytes('new'));
      disk.deleteNote('gone');
      await disk.commit();
      disk.saveNote('bulk', bytes('2'), true);
      await disk.close(how === 'in order');
      const again = await openDisk(home, { durability });
      const found = await notesOf(again.disk);
      expect(found).toEqual([
        ['bulk', expect.stringMatching(how === 'in order' ? '2' : '[12]')],
        ['kept', 'new'],
      ]);
      expect(again.disk.stats().notes).toBe(2);
      await again.disk.audit();
    },
  );
}

test('a bulk note costs no commit', async () => {
  const { disk } = await openDisk(newHome());
  await disk.commit();
  const { journalBytes, commits } = disk.stats();
  disk.saveNote('n', bytes('v'), true);
  await disk.commit();
  expect(disk.stats()).toMatchObject({ journalBytes, commits });
  disk.saveNote('n', bytes('v'));
  await disk.commit();
  expect(disk.stats().commits).toBe(commits + 1);
  expect(disk.stats().journalBytes).toBeGreaterThan(journalBytes);
});

test('a file of format 1 is brought up to date: tags stay, rows that nothing would find go', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await fill(disk, 3);
  disk.tag('t', 7);
  await disk.close();
  edit(home, (db) => {
    db.exec('DROP TABLE notes');
    for (const column of ['soft_epoch', 'soft_wall_ms', 'stagger_ms'])
      db.exec(`ALTER TABLE tags DROP COLUMN ${column}`);
    db.pragma('user_version = 1');
  });
  const again = await openDisk(home);
  expect(again.boot).toMatchObject({ rows: 0, clean: true, emptyBecause: '', quarantined: '' });
  expect(await readText(again.disk, 'k1')).toBeNull();
  const tags: unknown[] = [];
  await again.disk.loadTags((page) => void tags.push(...page));
  expect(tags).toEqual([['t', 7, null]]);
  again.disk.saveNote('n', bytes('v'));
  await again.disk.close();
  edit(home, (db) => expect(db.pragma('user_version', { simple: true })).toBe(FORMAT_VERSION));
  expect(await notesOf((await openDisk(home)).disk)).toEqual([['n', 'v']]);
});

test('a damaged note is left out, and counted', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  for (const name of ['a', 'b', 'c']) disk.saveNote(name, bytes('value'));
  await disk.close();
  edit(home, (db) => db.prepare("UPDATE notes SET value = CAST('velue' AS BLOB) WHERE name = CAST('b' AS BLOB)").run());
  const again = await openDisk(home);
  expect((await notesOf(again.disk)).map(([name]) => name)).toEqual(['a', 'c']);
  await again.disk.flushed();
  again.disk.saveNote('d', bytes('v'));
  await again.disk.flushed();
  expect(again.disk.stats().checksumErrors).toBe(1);
});

test('a full disk: what must be durable is, bulk stays as it was', async () => {
  const { disk } = await openDisk(newHome(), { pageCountMax: 60 });
  disk.saveNote('bulk', bytes('old'), true);
  await fill(disk, 400, 1, 100);
  disk.saveNote('bulk', Buffer.alloc(300_000), true);
  disk.saveNote('durable', bytes('v'));
  await disk.flushed();
  expect(disk.stats()).toMatchObject({ state: 'open', writeErrors: 1, resets: 0 });
  expect(await notesOf(disk)).toEqual([
    ['bulk', 'old'],
    ['durable', 'v'],
  ]);
});

test('a new file begins without notes; what onReset tells is in it', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  disk.saveNote('old', bytes('v'));
  await disk.flushed();
  const reset = new Promise<void>((resolve) => {
    disk.onReset = () => {
      expect(disk.stats().notes).toBe(0);
      disk.saveNote('told anew', bytes('v'));
      resolve();
    };
  });
  for (const suffix of ['', '-wal', '-shm']) require('node:fs').rmSync(home.file + suffix, { force: true });
  home.world.fireTimers();
  await reset;
  expect(await notesOf(disk)).toEqual([['told anew', 'v']]);
});

test('without a disk layer any more, notes are nothing', async () => {
  const home = newHome();
  const { disk } = await openDisk(home);
  await disk.close();
  expect(disk.saveNote('n', bytes('v'))).toBe(true);
  disk.deleteNote('n');
  expect(await notesOf(disk)).toEqual([]);
});

test('any history of notes and stops agrees with a model', async () => {
  const name = fc.constantFrom('a', 'ab', 'b\xff', 'b');
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(fc.constant('save' as const), name) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('delete' as const), name) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('load' as const), fc.constantFrom('', 'a', 'b')) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('crash' as const, 'restart' as const), fc.constant('')) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const home = newHome();
      const options = { journalBytesMax: 200, batchOpsMax: 3, pageRowsMax: 2 };
      let { disk } = await openDisk(home, options);
      const model = new Map<string, string>();
      for (const [i, [what, on]] of steps.entries()) {
        if (what === 'save') {
          disk.saveNote(on, bytes(`${i}`));
          model.set(on, `${i}`);
        } else if (what === 'delete') {
          disk.deleteNote(on);
          model.delete(on);
        } else if (what === 'load') {
          const expected = [...model].filter(([of]) => of.startsWith(on)).sort(([a], [b]) => (a < b ? -1 : 1));
          expect(await notesOf(disk, on)).toEqual(expected);
        } else {
          await disk.close(what === 'restart');
          ({ disk } = await openDisk(home, options));
          expect(new Map(await notesOf(disk))).toEqual(model);
          expect(disk.stats().notes).toBe(model.size);
        }
        await disk.commit();
      }
      await disk.close(false);
    }),
    { numRuns: 12 },
  );
});
