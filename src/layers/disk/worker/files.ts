import * as fs from 'node:fs';
import { codeOf, messageOf } from '../failure';
import { SUFFIXES, syncDirectory } from '../layout';

/** Sets of files put aside that are kept, of each kind. */
const KEPT_SETS_MAX = 2;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** The disk layer does not start; `code` says how bad that is. */
export class Refusal extends Error {
  constructor(
    readonly code: 'in-use' | 'is-directory' | 'symlink' | 'unusable',
    message: string,
  ) {
    super(message);
  }
}

function statOf(path: string): fs.Stats | null {
  try {
    return fs.lstatSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new Refusal('unusable', `${path}: ${messageOf(error)}`);
  }
}

/** Where the path's file is, to see later whether it still is the same one; null if there is none. */
export function identityOf(path: string): string | null {
  const stat = statOf(path);
  return stat === null ? null : `${stat.dev}:${stat.ino}`;
}

/** Leaves a regular file of mode 0600 at `path`, made if missing. Returns whether it was there before. */
export function prepareFile(dir: string, path: string): boolean {
  try {
    fs.mkdirSync(dir, { recursive: true, mode: DIRECTORY_MODE });
    const stat = statOf(path);
    if (stat === null) {
      create(path);
      return false;
    }
    refuseUnlessFile(path, stat);
    if ((stat.mode & 0o777) !== FILE_MODE) fs.chmodSync(path, FILE_MODE);
    return true;
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('unusable', messageOf(error));
  }
}

function create(path: string): void {
  // A log without its database belongs to nothing that may come back.
  for (const suffix of SUFFIXES) fs.rmSync(path + suffix, { force: true });
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fs.constants;
  fs.closeSync(fs.openSync(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR, FILE_MODE));
}

function refuseUnlessFile(path: string, stat: fs.Stats): void {
  if (stat.isDirectory()) throw new Refusal('is-directory', `${path} is a directory, expected a file`);
  if (stat.isSymbolicLink()) throw new Refusal('symlink', `${path} is a symbolic link, expected a file`);
  if (!stat.isFile()) throw new Refusal('unusable', `${path} is not a regular file`);
  for (const suffix of SUFFIXES.slice(1)) {
    if (statOf(path + suffix)?.isSymbolicLink()) throw new Refusal('symlink', `${path}${suffix} is a symbolic link`);
  }
}

/**
 * Renames the database and its companions to `<name>.<kind>-<wallMs>` and keeps the newest sets only. Returns the new name of
 * the main file. Synced, so that a power cut cannot bring it back under its old name.
 */
export function putAside(dir: string, path: string, kind: 'corrupt' | 'newer' | 'untrusted', wallMs: number): string {
  let stamp = Math.floor(wallMs);
  while (statOf(`${path}.${kind}-${stamp}`) !== null) stamp++;
  const target = `${path}.${kind}-${stamp}`;
  for (const suffix of SUFFIXES) {
    if (statOf(path + suffix) !== null) fs.renameSync(path + suffix, target + suffix);
  }
  syncDirectory(dir);
  prune(dir, path, kind);
  return target;
}

function prune(dir: string, path: string, kind: string): void {
  const prefix = `${path.slice(dir.length + 1)}.${kind}-`;
  const stamps = new Set<string>();
  for (const name of fs.readdirSync(dir)) {
    const stamp = name.startsWith(prefix) ? /^\d+/.exec(name.slice(prefix.length))?.[0] : undefined;
    if (stamp !== undefined) stamps.add(stamp);
  }
  for (const stamp of [...stamps].sort((a, b) => Number(b) - Number(a)).slice(KEPT_SETS_MAX)) {
    for (const suffix of SUFFIXES) fs.rmSync(`${dir}/${prefix}${stamp}${suffix}`, { force: true });
  }
}

/** Removes what an untrusted start left: renamed first, because removing a large file takes a while. */
export function removeUntrusted(dir: string, name: string): void {
  for (const file of fs.readdirSync(dir)) {
    if (file.startsWith(`${name}.untrusted-`)) fs.rmSync(`${dir}/${file}`, { force: true });
  }
}
