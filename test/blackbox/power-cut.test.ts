import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskLayer } from '../../src/layers/disk/disk-layer';
import type { Durability } from '../../src/layers/disk/messages';
import { manualWorld, seededRandom } from '../support/manual-world';
import { THOROUGH } from '../support/thorough';
import { imageFs, mountImage, unmountAll } from './machine';

/**
 * FAULTS.md F53: the power fails. A copy of a mounted image is what the disk would hold: what nobody synced is in the
 * machine's memory only. The journals' directory (memory, too) is empty afterwards, and the boot another one.
 */
const CUTS = THOROUGH ? 30 : 3;
const IMAGE_MB = 24;
const KEPT = 200;
const CHILD = join(__dirname, '../layers/disk/kill-child.js');

const homes: string[] = [];
afterEach(() => {
  unmountAll();
  for (const home of homes.splice(0)) fs.rmSync(home, { recursive: true, force: true });
});

function newHome(): string {
  const home = fs.mkdtempSync(join(tmpdir(), 'larder-power-'));
  homes.push(home);
  return home;
}

/** What was said before the power failed, and the disk as it is afterwards, mounted; null where nothing may be mounted. */
async function cut(durability: Durability, random: () => number): Promise<{ said: string[]; dir: string } | null> {
  const disk = imageFs('F53', IMAGE_MB);
  if (disk === null) return null;
  const deaths = Math.floor(random() * (durability === 'power' ? 60 : 400));
  const syncs = random() < 0.5 ? [] : [0, 1, 2].map(() => Math.floor(random() * deaths));
  const child = spawn(process.execPath, [CHILD, join(disk.dir, 'data'), newHome(), durability], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let seen = 0;
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
    const now = said.split('\n').length - 1;
    // The system writes back what it likes when it likes.
    if (syncs.some((at) => at > seen && at <= now)) spawn('sync', ['-f', disk.dir], { stdio: 'ignore' });
    seen = now;
    if (said.includes(`dead gone${deaths}\n`)) child.kill('SIGSTOP');
  });
  while (!said.includes(`dead gone${deaths}\n`)) await once(child.stdout, 'data');
  const image = join(newHome(), 'copy.img');
  spawnSync('cp', ['--sparse=always', disk.image, image]);
  child.kill('SIGKILL');
  await once(child, 'close');
  const dir = mountImage('F53', image);
  return dir === null ? null : { said: said.split('\n').slice(0, -1), dir: join(dir, 'data') };
}

async function keysAfter(dir: string, durability: Durability): Promise<{ keys: string[]; emptyBecause: string }> {
  const disk = new DiskLayer({ dir, journalDir: newHome(), durability, world: manualWorld(), bootId: 'next boot' });
  const { emptyBecause } = await disk.open();
  const keys: string[] = [];
  await disk.loadDirectory((rows) => {
    for (const { key } of rows) keys.push(key.buf.toString('latin1', key.start, key.end));
  });
  await disk.audit();
  expect(await disk.close()).toBe(true);
  return { keys, emptyBecause };
}

test.each(['power', 'process'] as const)(
  'F53: the power fails (durability %s)',
  async (durability) => {
    for (let seed = 1; seed <= CUTS; seed++) {
      const left = await cut(durability, seededRandom(seed));
      if (left === null) return;
      const { keys, emptyBecause } = await keysAfter(left.dir, durability);
      const dead = left.said.filter((line) => line.startsWith('dead')).map((line) => line.split(' ')[1]);
      const stale = keys.filter((key) => dead.includes(key));
      const kept = keys.filter((key) => key.startsWith('kept')).length;
      const isPower = durability === 'power';
      expect({ seed, stale, kept, isEmpty: emptyBecause !== '' }).toEqual({
        seed,
        stale: [],
        kept: isPower ? KEPT : 0,
        isEmpty: !isPower,
      });
      unmountAll();
      if (THOROUGH) process.stderr.write(`F53 ${durability}: ${seed} of ${CUTS}\n`);
    }
  },
  CUTS * 30_000,
);

test('F53: and a file that was closed in order before is whole', async () => {
  const image = imageFs('F53', IMAGE_MB);
  if (image === null) return;
  const dir = join(image.dir, 'data');
  const disk = new DiskLayer({ dir, journalDir: newHome(), durability: 'process', world: manualWorld() });
  await disk.open();
  for (let i = 0; i < KEPT; i++) {
    const key = { buf: Buffer.from(`kept${i}`), start: 0, end: `kept${i}`.length };
    disk.writeRow({
      db: 0,
      key,
      value: key,
      type: 0,
      expiresAt: Infinity,
      version: i + 1,
      hits: 0,
      tags: [],
      sources: [],
    });
  }
  expect(await disk.close()).toBe(true);
  const copy = join(newHome(), 'copy.img');
  spawnSync('cp', ['--sparse=always', image.image, copy]);
  const { keys, emptyBecause } = await keysAfter(join(mountImage('F53', copy)!, 'data'), 'process');
  expect({ count: keys.length, emptyBecause }).toEqual({ count: KEPT, emptyBecause: '' });
});
