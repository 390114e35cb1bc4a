import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { bytesOf } from '../../../src/base/bytes';
import { seededRandom } from '../../support/manual-world';
import { THOROUGH } from '../../support/thorough';
import { directoryKeys, fill, type Home, newHome, openDisk, readText } from './support';

/**
 * FAULTS.md F43: killed, and what SQLite had in its log is not there any more. SQLite takes what is left for the whole, so
 * what died, and whose journal is cleared, would be back.
 */
const KILLS = THOROUGH ? 10 : 3;
const DAMAGES_PER_KILL = THOROUGH ? 20 : 10;
const KEPT = 200;
const PAGE_BYTES = 4096;
const FRAME_BYTES = PAGE_BYTES + 24;
const WAL_HEADER_BYTES = 32;
const BOOT_ID = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

interface Crashed {
  home: Home;
  /** Keys that are acknowledged as dead. */
  dead: string[];
  /** Puts everything back as the kill left it. */
  restore(): void;
}

const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) fs.rmSync(copy, { recursive: true, force: true });
});

async function crash(durability: string, deaths: number): Promise<Crashed> {
  const home = newHome();
  const child = spawn(process.execPath, [join(__dirname, 'crash-child.js'), home.dir, home.journalDir, durability]);
  let said = '';
  await new Promise<void>((done) => {
    child.stderr.on('data', (data) => process.stderr.write(data));
    child.stdout.on('data', (data) => {
      said += data;
      if (said.includes(`dead ${deaths} `)) child.kill('SIGKILL');
    });
    child.on('close', () => done());
  });
  const dead = said
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('dead'));
  const copy = fs.mkdtempSync(join(tmpdir(), 'larder-copy-'));
  copies.push(copy);
  const dirs = [home.dir, home.journalDir] as const;
  for (const [i, dir] of dirs.entries()) fs.cpSync(dir, join(copy, String(i)), { recursive: true });
  return {
    home,
    dead: dead.map((line) => `gone${line.split(' ')[1]}`),
    restore() {
      for (const [i, dir] of dirs.entries()) {
        fs.rmSync(dir, { recursive: true });
        fs.cpSync(join(copy, String(i)), dir, { recursive: true });
      }
    },
  };
}

/** Opens it, sees that nothing dead is there, and says whether the file was trusted. */
async function judge({ home, dead }: Crashed, durability: 'process' | 'power', bootId = BOOT_ID): Promise<boolean> {
  const { disk, boot } = await openDisk(home, { durability, bootId });
  const keys = await directoryKeys(disk);
  expect(keys.filter((key) => dead.includes(key))).toEqual([]);
  for (const key of dead.slice(-20)) expect(await readText(disk, key)).toBeNull();
  const isTrusted = boot.emptyBecause === '';
  expect(keys.filter((key) => key.startsWith('kept'))).toHaveLength(isTrusted ? KEPT : 0);
  await disk.audit();
  await disk.close(false);
  return isTrusted;
}

/** Cuts, flips or removes what the log holds, anywhere. */
function damage(wal: string, random: () => number): string {
  const { size } = fs.statSync(wal);
  const at = Math.floor(random() * size);
  const how = Math.floor(random() * 6);
  if (how === 0) fs.rmSync(wal);
  else if (how === 1) fs.truncateSync(wal, at);
  else if (how === 2) {
    const frames = Math.floor((size - WAL_HEADER_BYTES) / FRAME_BYTES);
    fs.truncateSync(wal, WAL_HEADER_BYTES + Math.floor(random() * frames) * FRAME_BYTES);
  } else {
    const fd = fs.openSync(wal, 'r+');
    const byte = Buffer.alloc(1);
    const where = how === 3 ? Math.floor(random() * WAL_HEADER_BYTES) : at;
    fs.readSync(fd, byte, 0, 1, where);
    fs.writeSync(fd, Buffer.from([byte[0]! ^ (1 << Math.floor(random() * 8))]), 0, 1, where);
    fs.closeSync(fd);
  }
  return `${how} at ${at} of ${size}`;
}

describe.each(['process', 'power'] as const)('durability %s', (durability) => {
  const timeoutMs = KILLS * 30_000;
  test(
    'F43: the log loses anything after a kill: never an old value',
    async () => {
      let distrusted = 0;
      for (let seed = 1; seed <= KILLS; seed++) {
        const random = seededRandom(seed);
        const crashed = await crash(durability, 30 + Math.floor(random() * 500));
        expect(await judge(crashed, durability)).toBe(true);
        for (let i = 0; i < DAMAGES_PER_KILL; i++) {
          crashed.restore();
          const what = damage(`${crashed.home.file}-wal`, random);
          try {
            if (!(await judge(crashed, durability))) distrusted++;
          } catch (error) {
            throw new Error(`seed ${seed}, damage ${i} (${what})`, { cause: error });
          }
        }
        if (THOROUGH) process.stderr.write(`F43 ${durability}: ${seed} of ${KILLS} kills\n`);
      }
      // Some hit frames that a checkpoint had made superfluous.
      expect(distrusted).toBeGreaterThan((KILLS * DAMAGES_PER_KILL) / 3);
    },
    timeoutMs,
  );
});

test('F43: the log is lost while it was being copied into the database', async () => {
  const crashed = await crash('process', 500);
  const { home } = crashed;
  const before = fs.readFileSync(home.file);
  const db = new Database(home.file);
  db.pragma('locking_mode = EXCLUSIVE');
  const [{ log: frames }] = db.pragma('wal_checkpoint(NOOP)') as [{ log: number }];
  expect(frames).toBeGreaterThan(10);
  // Closing copies everything.
  db.close();
  const after = fs.readFileSync(home.file);
  const pages = after.length / PAGE_BYTES;
  for (const [copied, isLogThere] of [
    [0.3, true],
    [0.3, false],
    [0.6, false],
    [0.9, false],
  ] as const) {
    crashed.restore();
    const cut = Math.floor(pages * copied) * PAGE_BYTES;
    const mixed = Buffer.concat([after.subarray(0, cut), before.subarray(cut)]);
    fs.writeFileSync(home.file, mixed);
    const mark = fs.readdirSync(home.journalDir).find((name) => name.endsWith('.n'))!;
    const bytes = fs.readFileSync(join(home.journalDir, mark));
    bytes.writeDoubleLE(frames, 8);
    fs.writeFileSync(join(home.journalDir, mark), bytes);
    if (!isLogThere) fs.rmSync(`${home.file}-wal`);
    expect(await judge(crashed, 'process')).toBe(isLogThere);
  }
});

test('F43: the log with the beginning of a session is lost: its file still says that it was closed in order', async () => {
  const home = newHome();
  const first = await openDisk(home);
  await fill(first.disk, 3);
  await first.disk.close();
  const closed = fs.readFileSync(home.file);
  const { disk } = await openDisk(home);
  disk.kill(0, bytesOf('k1'), 50);
  disk.commit();
  await disk.flushed();
  await disk.close(false);
  fs.rmSync(`${home.file}-wal`, { force: true });
  fs.writeFileSync(home.file, closed);
  const again = await openDisk(home);
  expect(again.boot.emptyBecause).toBe('it does not know its newest session');
  expect(await directoryKeys(again.disk)).toEqual([]);
});

test('F53: a start is written into the database itself, not only into its log', async () => {
  const home = newHome();
  const first = await openDisk(home);
  await fill(first.disk, 3);
  await first.disk.close();
  const second = await openDisk(home);
  const file = fs.readFileSync(home.file);
  await second.disk.close(false);
  fs.rmSync(`${home.file}-wal`, { force: true });
  fs.writeFileSync(home.file, file);
  expect((await openDisk(home, { bootId: 'next boot' })).boot.emptyBecause).toBe('unclean stop of the machine');
});

test.each(['marked complete', 'not marked'])(
  'an orderly end whose journal is still there is trusted if it says so (%s)',
  async (how) => {
    const home = newHome();
    const { disk } = await openDisk(home);
    await fill(disk, 3);
    disk.kill(0, bytesOf('k1'), 50);
    disk.commit();
    await disk.flushed();
    const left = fs
      .readdirSync(home.journalDir)
      .map((name) => [name, fs.readFileSync(join(home.journalDir, name))] as const);
    await disk.close();
    expect(fs.readdirSync(home.journalDir)).toEqual([]);
    for (const [name, bytes] of left) {
      if (name.endsWith('.n')) {
        bytes.writeDoubleLE(1, 16);
        if (how !== 'marked complete') continue;
      }
      fs.writeFileSync(join(home.journalDir, name), bytes);
    }
    const again = await openDisk(home);
    expect(await directoryKeys(again.disk)).toEqual(how === 'marked complete' ? ['k0', 'k2'] : []);
  },
);
