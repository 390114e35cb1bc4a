import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf } from '../../../src/base/bytes';
import type { World } from '../../../src/base/world';
import { type DiskBoot, DiskLayer, type DiskRow } from '../../../src/layers/disk/disk-layer';
import type { Failpoint } from '../../../src/layers/disk/messages';
import type { DiskOptions } from '../../../src/layers/disk/options';
import { NEVER } from '../../../src/layers/layer';

/** A world whose clock and timers move only when told; turns of the event loop are real. */
export class TestWorld implements World {
  readonly clock = {
    now: 1_000_000,
    wallOffsetMs: 5_000,
    refresh: () => this.clock.now,
    fineMs: () => performance.now(),
  };
  readonly logged: string[] = [];
  private timers: (() => void)[] = [];
  private word = 12_345;

  readonly scheduler = {
    after: (_delayMs: number, run: () => void) => {
      this.timers.push(run);
      return () => void (this.timers = this.timers.filter((timer) => timer !== run));
    },
    soon: (run: () => void) => {
      const turn = setImmediate(run);
      return () => clearImmediate(turn);
    },
  };

  readonly log = {
    debug: () => {},
    info: (_fields: object, message: string) => void this.logged.push(message),
    warn: (_fields: object, message: string) => void this.logged.push(message),
    error: (_fields: object, message: string) => void this.logged.push(message),
  };

  random = (): number => {
    this.word = (Math.imul(this.word, 1_664_525) + 1_013_904_223) >>> 0;
    return this.word / 0x1_0000_0000;
  };

  /** Everything scheduled for later happens now. */
  fireTimers(): void {
    for (const run of this.timers.splice(0)) run();
  }
}

export interface Home {
  dir: string;
  journalDir: string;
  world: TestWorld;
  /** The database file. */
  file: string;
}

const homes: Home[] = [];
const opened = new Set<DiskLayer>();

export function newHome(): Home {
  const root = fs.mkdtempSync(join(tmpdir(), 'larder-disk-'));
  const home = {
    dir: join(root, 'data'),
    journalDir: join(root, 'journal'),
    world: new TestWorld(),
    file: join(root, 'data', 'larder.db'),
  };
  fs.mkdirSync(home.journalDir);
  homes.push(home);
  return home;
}

export async function openDisk(
  home: Home,
  options: Partial<DiskOptions> = {},
): Promise<{ disk: DiskLayer; boot: DiskBoot }> {
  const { dir, journalDir, world } = home;
  const disk = new DiskLayer({ dir, journalDir, world, durability: 'process', bootId: 'this boot', ...options });
  opened.add(disk);
  return { disk, boot: await disk.open() };
}

afterEach(async () => {
  for (const disk of opened) await disk.close(false);
  opened.clear();
  for (const home of homes.splice(0)) fs.rmSync(join(home.dir, '..'), { recursive: true, force: true });
});

/** What the worker asks of the disk fails at its `at`-th time. */
export function failpointAt(at: number, code: string, forever = false): Failpoint {
  return { at, code, forever, calls: new SharedArrayBuffer(4) };
}

/** Whether the plan's moment came. */
export function hasFailed({ at, calls }: Failpoint): boolean {
  return new Int32Array(calls)[0]! >= at;
}

export function row(key: string, value: string, version: number, more: Partial<DiskRow> = {}): DiskRow {
  const fields = { db: 0, type: 0, expiresAt: NEVER, hits: 0, tags: [], sources: [] };
  return { ...fields, key: bytesOf(key), value: bytesOf(value), version, ...more };
}

export async function readText(disk: DiskLayer, key: string, db = 0): Promise<string | null> {
  return (await disk.read(db, bytesOf(key)))?.value.toString('latin1') ?? null;
}

/** Writes rows `k0`, `k1`, ... with versions from `first`, and waits until they are in the file. */
export async function fill(disk: DiskLayer, count: number, first = 1, valueBytes = 10): Promise<void> {
  for (let i = 0; i < count; i++) disk.writeRow(row(`k${i}`, 'v'.repeat(valueBytes), first + i));
  await disk.flushed();
}

export async function directoryKeys(disk: DiskLayer): Promise<string[]> {
  const keys: string[] = [];
  await disk.loadDirectory((rows) => {
    for (const { key } of rows) keys.push(key.buf.toString('latin1', key.start, key.end));
  });
  return keys.sort();
}

/** Files put aside, by kind. */
export function asideOf(home: Home, kind: string): string[] {
  return fs.readdirSync(home.dir).filter((name) => new RegExp(`\\.${kind}-\\d+$`).test(name));
}
