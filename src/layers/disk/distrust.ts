import * as fs from 'node:fs';
import { codeOf, DiskFailure, messageOf } from './failure';
import { journalHeader } from './journal-file';
import { databasePath, destroyDatabase, syncDirectory } from './layout';
import type { Durability } from './messages';
import type { JournalPlace } from './place';

/**
 * Makes sure that nothing in the file is ever served again: it is removed, or, where that cannot be, a mark beside the
 * journals says that it is not to be trusted. A mark in memory would not outlive a power cut, so it does not do for `power`.
 * Throws the reason if neither is possible.
 */
export function distrust(dir: string, durability: Durability, place: JournalPlace): void {
  try {
    destroyDatabase(dir, durability === 'power');
  } catch (error) {
    if (durability === 'power') throw error;
    leaveMark(place);
  }
}

function leaveMark({ ref, owner, distrustMark }: JournalPlace): void {
  const fd = fs.openSync(distrustMark, fs.constants.O_CREAT | fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW, 0o600);
  try {
    // Only for those who tidy up: that it is there is what counts, also when nothing more fits on the disk.
    fs.writeSync(fd, journalHeader(ref, 0, owner));
    fs.fsyncSync(fd);
  } catch {
    // As said.
  } finally {
    fs.closeSync(fd);
  }
  syncDirectory(ref.dir);
}

/**
 * The disk layer cannot be used, and the sidecar goes on without it: an older file must not come back later, when it has
 * missed what happened meanwhile. Without `place` it is not known to be ours, so it is not touched.
 * Throws DiskFailure `unremovable`.
 */
export function goOnWithout(dir: string, durability: Durability, place: JournalPlace | null, unusable: string): void {
  const path = databasePath(dir);
  if (!mayExist(path)) return;
  let why = '';
  try {
    if (place !== null) {
      distrust(dir, durability, place);
      return;
    }
  } catch (error) {
    why = ` (${messageOf(error)})`;
  }
  throw new DiskFailure(
    'unremovable',
    `${unusable}; and ${path} is there and is not removed${why}: it would be served later`,
  );
}

function mayExist(path: string): boolean {
  try {
    fs.lstatSync(path);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(codeOf(error));
  }
}
