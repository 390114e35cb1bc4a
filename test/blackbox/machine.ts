import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a test borrows from the machine, if the machine lends it: file systems of its own. */
const mounts: { dir: string; files: string[] }[] = [];

/** Says in the output why something was not tested here. */
export function skipped(row: string, why: string): void {
  process.stderr.write(`skipped ${row}: ${why}\n`);
}

function mount(row: string, args: (dir: string) => string[], files: string[] = []): string | null {
  const dir = fs.mkdtempSync(join(tmpdir(), 'larder-mount-'));
  const { status, stderr, error } = spawnSync('mount', [...args(dir), dir], { encoding: 'utf8' });
  if (status === 0) {
    mounts.push({ dir, files });
    return dir;
  }
  fs.rmdirSync(dir);
  for (const file of files) fs.rmSync(file, { force: true });
  skipped(row, `cannot mount: ${(error?.message ?? stderr).trim()}`);
  return null;
}

/** An empty file system in memory; null, and a printed line, where it may not be mounted. */
export function tmpfs(row: string, size: string): string | null {
  return mount(row, () => ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'none']);
}

/** An ext4 file system in a file, which a power cut can be played with: a copy of the file is what the disk would hold. */
export function imageFs(row: string, sizeMb: number): { dir: string; image: string } | null {
  const image = join(fs.mkdtempSync(join(tmpdir(), 'larder-image-')), 'disk.img');
  fs.writeFileSync(image, '');
  fs.truncateSync(image, sizeMb << 20);
  const made = spawnSync('mkfs.ext4', ['-q', '-F', image], { encoding: 'utf8' });
  if (made.status !== 0) {
    skipped(row, `cannot make a file system: ${(made.error?.message ?? made.stderr).trim()}`);
    return null;
  }
  const dir = mountImage(row, image);
  return dir === null ? null : { dir, image };
}

export function mountImage(row: string, image: string): string | null {
  return mount(row, () => ['-o', 'loop,errors=remount-ro', image], [image]);
}

/** The device under a mounted image, as its file in /sys is named. */
export function deviceOf(dir: string): string {
  return execFileSync('findmnt', ['-n', '-o', 'SOURCE', dir], { encoding: 'utf8' }).trim().replace('/dev/', '');
}

export function unmountAll(): void {
  for (const { dir, files } of mounts.splice(0).reverse()) {
    spawnSync('umount', ['-l', dir]);
    fs.rmdirSync(dir);
    for (const file of files) fs.rmSync(join(file, '..'), { recursive: true, force: true });
  }
}

/** Whether the program is there and does what is asked. */
export function can(row: string, command: string, ...args: string[]): boolean {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) skipped(row, `${command}: ${(error?.message ?? stderr).trim()}`);
  return status === 0;
}
