import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { bytesOf } from '../../../src/base/bytes';
import { FORMAT_VERSION } from '../../../src/layers/disk/worker/schema';
import { asideOf, directoryKeys, fill, type Home, newHome, openDisk, readText, row } from './support';

/** The file as an orderly close left it, open for damage. */
async function closedFile(home: Home, rows = 50): Promise<void> {
  const { disk } = await openDisk(home);
  await fill(disk, rows, 1, 500);
  expect(await disk.close()).toBe(true);
}

function edit(home: Home, change: (db: Database.Database) => void): void {
  const db = new Database(home.file);
  change(db);
  db.close();
}

describe('F32: what lies there is no database of ours', () => {
  test.each([
    ['random bytes', Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251))],
    ['text', Buffer.from('# a configuration file\n'.repeat(50))],
    ['19 bytes', Buffer.from('nineteen bytes, yes')],
    ['zero bytes', Buffer.alloc(0)],
  ])('%s: put aside, and an empty file begun', async (_what, content) => {
    const home = newHome();
    fs.mkdirSync(home.dir);
    fs.writeFileSync(home.file, content);
    const { disk, boot } = await openDisk(home);
    expect(boot.emptyBecause).not.toBe('');
    expect(asideOf(home, 'corrupt')).toHaveLength(1);
    expect(boot.quarantined).toBe(join(home.dir, asideOf(home, 'corrupt')[0]!));
    expect(fs.readFileSync(boot.quarantined).subarray(0, content.length).equals(content)).toBe(true);
    disk.writeRow(row('k', 'v', 1));
    expect(await readText(disk, 'k')).toBe('v');
  });

  test('a table is missing, or another program made it', async () => {
    const home = newHome();
    await closedFile(home);
    edit(home, (db) => db.exec('DROP TABLE edges'));
    expect((await openDisk(home)).boot.emptyBecause).toMatch('no such table');
    const other = newHome();
    fs.mkdirSync(other.dir);
    edit(other, (db) => db.exec('CREATE TABLE notes (text)'));
    expect((await openDisk(other)).boot.emptyBecause).toMatch('no format version');
    expect(asideOf(other, 'corrupt')).toHaveLength(1);
  });

  test('a file of format 2 is brought up to date, rows and tags as they were', async () => {
    const home = newHome();
    await closedFile(home);
    edit(home, (db) => {
      db.exec("INSERT INTO tags (name, hard_epoch) VALUES (CAST('t' AS BLOB), 7)");
      for (const column of ['soft_epoch', 'soft_wall_ms', 'stagger_ms'])
        db.exec(`ALTER TABLE tags DROP COLUMN ${column}`);
      db.pragma('user_version = 2');
    });
    const { disk, boot } = await openDisk(home);
    expect(boot).toMatchObject({ emptyBecause: '', quarantined: '' });
    expect((await directoryKeys(disk)).length).toBeGreaterThan(0);
    disk.tagSoft('t', 9, 1, 2);
    await disk.flushed();
    const tags: unknown[] = [];
    await disk.loadTags((page) => void tags.push(...page));
    expect(tags).toEqual([
      ['t', 7, null],
      ['t', 0, { epoch: 9, atMs: 1, staggerMs: 2 }],
    ]);
  });

  test('F47: a newer format is kept aside', async () => {
    const home = newHome();
    await closedFile(home);
    edit(home, (db) => db.pragma('user_version = 99'));
    const { disk, boot } = await openDisk(home);
    expect(boot).toMatchObject({ rows: 0, emptyBecause: `format 99 is newer than ${FORMAT_VERSION}` });
    expect(asideOf(home, 'newer')).toHaveLength(1);
    expect(await directoryKeys(disk)).toEqual([]);
  });

  test('two sets are kept, the newest', async () => {
    const home = newHome();
    fs.mkdirSync(home.dir);
    for (let i = 0; i < 4; i++) {
      fs.writeFileSync(home.file, `text number ${i}`.repeat(100));
      const { disk } = await openDisk(home);
      await disk.close();
      home.world.clock.now += 1000;
    }
    const texts = asideOf(home, 'corrupt').map((name) => fs.readFileSync(join(home.dir, name), 'latin1').slice(0, 13));
    expect(texts.sort()).toEqual(['text number 2', 'text number 3']);
  });
});

describe('the path', () => {
  test('a directory or a symbolic link is refused, and left alone', async () => {
    const home = newHome();
    fs.mkdirSync(home.file, { recursive: true });
    await expect(openDisk(home)).rejects.toMatchObject({
      code: 'is-directory',
      message: expect.stringContaining(home.file),
    });
    fs.rmdirSync(home.file);
    fs.writeFileSync(join(home.dir, 'target'), '');
    fs.symlinkSync('target', home.file);
    await expect(openDisk(home)).rejects.toMatchObject({ code: 'symlink' });
    expect(fs.readFileSync(join(home.dir, 'target'))).toHaveLength(0);
    expect(fs.readdirSync(home.journalDir)).toEqual([]);
  });

  test('F35, F44: files are 0600, and there is no -shm, a directory made by us 0700; a wider file is narrowed', async () => {
    const home = newHome();
    const mode = (path: string) => fs.statSync(path).mode & 0o777;
    const { disk } = await openDisk(home);
    await fill(disk, 1);
    expect(mode(home.dir)).toBe(0o700);
    expect([mode(home.file), mode(`${home.file}-wal`)]).toEqual([0o600, 0o600]);
    for (const name of fs.readdirSync(home.journalDir)) expect(mode(join(home.journalDir, name))).toBe(0o600);
    expect(fs.existsSync(`${home.file}-shm`)).toBe(false);
    await disk.close();
    fs.chmodSync(home.file, 0o644);
    await openDisk(home);
    expect(mode(home.file)).toBe(0o600);
  });

  test('a directory that cannot be made is unusable', async () => {
    const home = newHome();
    fs.writeFileSync(home.dir, 'a file');
    await expect(openDisk(home)).rejects.toMatchObject({ code: 'unusable' });
  });
});

describe('F50: two at one directory', () => {
  test('the second is told, the first goes on', async () => {
    const home = newHome();
    const { disk } = await openDisk(home);
    await fill(disk, 5);
    await expect(openDisk(home)).rejects.toMatchObject({ name: 'DiskFailure', code: 'in-use' });
    await fill(disk, 5, 10);
    expect(await readText(disk, 'k1')).not.toBeNull();
    disk.kill(0, bytesOf('k1'), 100);
    disk.commit();
    await disk.close(false);
    expect(await directoryKeys((await openDisk(home)).disk)).toEqual(['k0', 'k2', 'k3', 'k4']);
  });

  test('held by another process: told as well', async () => {
    const home = newHome();
    const child = spawn(process.execPath, [join(__dirname, 'crash-child.js'), home.dir, home.journalDir, 'process']);
    await new Promise((flushed) => child.stdout.once('data', flushed));
    await expect(openDisk(home)).rejects.toMatchObject({ code: 'in-use' });
    expect(child.exitCode).toBeNull();
    const ended = new Promise((done) => child.once('close', done));
    child.kill('SIGKILL');
    await ended;
  });
});

describe('while it runs', () => {
  test('a damaged file is put aside, a new one begun, and the engine told', async () => {
    const home = newHome();
    await closedFile(home, 2000);
    const { disk } = await openDisk(home);
    const fd = fs.openSync(home.file, 'r+');
    for (let page = 2; page * 4096 < fs.fstatSync(fd).size; page++)
      fs.writeSync(fd, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
    const resets: string[] = [];
    disk.onReset = (reason) => {
      resets.push(reason);
      disk.tag('told anew', 7);
    };
    expect(await readText(disk, 'k77')).toBeNull();
    expect(resets).toEqual([expect.stringMatching('SQLITE_CORRUPT')]);
    expect(asideOf(home, 'corrupt')).toHaveLength(1);
    disk.writeRow(row('k', 'v', 3000));
    expect(await readText(disk, 'k')).toBe('v');
    fs.closeSync(fd);
    await disk.close(false);
    const again = await openDisk(home);
    const tags: string[] = [];
    await again.disk.loadTags((page) => void tags.push(...page.map(([name]) => name)));
    expect(tags).toEqual(['told anew']);
    expect(again.boot.epoch).toBeGreaterThan(3000);
  });

  test.each(['removed', 'replaced'])('F45: the file is %s: noticed at the next look', async (how) => {
    const home = newHome();
    const { disk } = await openDisk(home);
    await fill(disk, 5);
    if (how === 'replaced') fs.copyFileSync(home.file, `${home.file}.copy`);
    fs.rmSync(home.file);
    if (how === 'replaced') fs.renameSync(`${home.file}.copy`, home.file);
    const reset = new Promise<string>((told) => (disk.onReset = told));
    home.world.fireTimers();
    expect(await reset).toMatch('removed or replaced');
    expect(await readText(disk, 'k1')).toBeNull();
    disk.writeRow(row('k1', 'new', 99));
    await disk.flushed();
    await disk.close();
    expect(await directoryKeys((await openDisk(home)).disk)).toEqual(['k1']);
    expect(disk.stats().resets).toBe(1);
  });

  test('a head that does not match its checksum ends the file, not the process', async () => {
    const home = newHome();
    await closedFile(home, 30);
    edit(home, (db) =>
      db.exec(
        "UPDATE entries SET head = CAST(substr(head, 1, 24) || x'ffff' || substr(head, 27) AS BLOB) WHERE version = 9",
      ),
    );
    const { disk } = await openDisk(home);
    expect(await directoryKeys(disk)).toEqual([]);
    expect(disk.stats().resets).toBe(1);
    expect(asideOf(home, 'corrupt')).toHaveLength(1);
  });

  test('a row whose bytes changed is a miss, counted and deleted', async () => {
    const home = newHome();
    await closedFile(home, 3);
    edit(home, (db) => db.exec("UPDATE entries SET value = replace(value, 'vvv', 'vvw') WHERE version = 2"));
    const { disk } = await openDisk(home);
    expect(await readText(disk, 'k1')).toBeNull();
    expect(await readText(disk, 'k2')).not.toBeNull();
    await disk.flushed();
    expect(await directoryKeys(disk)).toEqual(['k0', 'k2']);
    disk.writeRow(row('k', 'v', 10));
    await disk.flushed();
    expect(disk.stats()).toMatchObject({ checksumErrors: 1, rows: 3 });
  });
});
