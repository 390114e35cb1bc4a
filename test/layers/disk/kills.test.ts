import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { checkSchema, FORMAT_VERSION } from '../../../src/layers/disk/worker/schema';
import { THOROUGH } from '../../support/thorough';
import { directoryKeys, fill, type Home, newHome, openDisk, row } from './support';

/** FAULTS.md F48 and F52: killed between any two things the worker asks of the disk, in each part of its life. */
const BOOT_ID = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
/** In every run of the tests so many moments of a phase, spread over it; with `npm run check:faults` all, up to a limit. */
const MOMENTS = 5;
const MOMENTS_MAX = 60;
const OLD_ROWS = 20;

interface Killed {
  said: string[];
  signal: NodeJS.Signals | null;
}

function run(home: Home, phase: string, k: number): Promise<Killed> {
  const args = [join(__dirname, 'kill-child.js'), home.dir, home.journalDir, 'process', phase, String(k)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  return new Promise((done) =>
    child.on('close', (_code, signal) => done({ said: said.split('\n').slice(0, -1), signal })),
  );
}

/** Rows that are to die, in a file closed in order or left as by a kill. */
async function prepare(isClean: boolean): Promise<Home> {
  const home = newHome();
  const { disk } = await openDisk(home, { bootId: BOOT_ID });
  for (let i = 0; i < OLD_ROWS; i++) disk.writeRow(row(`old${i}`, 'v', i + 1));
  await fill(disk, OLD_ROWS, 100);
  await disk.close(isClean);
  return home;
}

/** The tables as version 1 had them, with a row in them. */
async function prepareOldFormat(): Promise<Home> {
  const home = await prepare(true);
  const db = new Database(home.file);
  db.exec('DROP TABLE notes');
  for (const { name } of db.pragma('table_info(tags)') as { name: string }[])
    if (!['name', 'hard_epoch'].includes(name)) db.exec(`ALTER TABLE tags DROP COLUMN ${name}`);
  db.pragma('user_version = 1');
  db.close();
  return home;
}

async function prepareDamaged(): Promise<Home> {
  const home = await prepare(true);
  const fd = fs.openSync(home.file, 'r+');
  fs.writeSync(fd, Buffer.alloc(100, 0xff), 0, 100, 0);
  fs.closeSync(fd);
  return home;
}

async function judge(home: Home, { said }: Killed, keepsRows: boolean): Promise<void> {
  const { disk, boot } = await openDisk(home, { bootId: BOOT_ID });
  const keys = await directoryKeys(disk);
  const dead = said.filter((line) => line.startsWith('dead')).map((line) => line.split(' ')[1]!);
  expect(keys.filter((key) => dead.includes(key))).toEqual([]);
  if (keepsRows) {
    expect(boot).toMatchObject({ emptyBecause: '', quarantined: '' });
    expect(keys.filter((key) => /^k\d/.test(key))).toHaveLength(OLD_ROWS);
    if (said.includes('flushed')) expect(keys.filter((key) => key.startsWith('kept'))).toHaveLength(200);
  }
  await disk.audit();
  await disk.close(true);
  expect(fs.readdirSync(home.journalDir)).toEqual([]);
}

/** What a start finds in a file that is being migrated. */
function expectWhole(file: string): void {
  const db = new Database(file);
  const version = db.pragma('user_version', { simple: true });
  if (version === FORMAT_VERSION) checkSchema(db);
  else {
    expect(version).toBe(1);
    expect(db.pragma('table_info(notes)')).toEqual([]);
    expect(db.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(2 * OLD_ROWS);
  }
  db.close();
}

async function killedAt(phase: string, k: number): Promise<boolean> {
  const home = await (phase === 'migration'
    ? prepareOldFormat()
    : phase === 'quarantine'
      ? prepareDamaged()
      : prepare(k % 2 === 0));
  const killed = await run(home, phase, k);
  if (phase === 'migration') expectWhole(home.file);
  await judge(home, killed, phase !== 'migration' && phase !== 'quarantine');
  return killed.signal === 'SIGKILL';
}

const PHASES = { boot: 'F52', batch: 'F52', checkpoint: 'F52', shutdown: 'F52', quarantine: 'F52', migration: 'F48' };
/** About so many calls has a phase. */
const CALLS = { boot: 45, batch: 170, checkpoint: 170, shutdown: 12, quarantine: 45, migration: 30 };

test.each(Object.entries(PHASES) as [keyof typeof CALLS, string][])(
  'killed in: %s (%s)',
  async (phase) => {
    const moments = THOROUGH ? MOMENTS_MAX : MOMENTS;
    const step = Math.max(1, Math.floor(CALLS[phase] / moments));
    let kills = 0;
    for (let k = 1; k <= moments * step; k += step) {
      try {
        if (!(await killedAt(phase, k))) break;
      } catch (error) {
        throw new Error(`${phase}, call ${k}`, { cause: error });
      }
      kills++;
      if (THOROUGH && kills % 10 === 0) process.stderr.write(`${PHASES[phase]} ${phase}: ${kills} kills\n`);
    }
    expect(kills).toBeGreaterThanOrEqual(Math.min(MOMENTS, 4));
  },
  THOROUGH ? 300_000 : 60_000,
);
