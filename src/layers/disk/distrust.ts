import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Cancel, Log } from '../../base/world';
import { codeOf, DiskFailure, messageOf } from './failure';
import { journalHeader } from './journal-file';
import { databasePath, destroyDatabase, distrustMarkIn, syncDirectory } from './layout';
import type { Durability } from './messages';
import type { DiskOptions } from './options';
import type { JournalPlace } from './place';

/**
 * Makes sure that nothing in the file is ever served again: it is removed, or, where that cannot be, a mark beside it says
 * that it is not to be trusted; where not even that can be, one beside the journals. That one is in memory and would not
 * outlive a power cut, so it does not do for `power`. Returns whether it holds whatever happens to the machine; throws the
 * reason if nothing was possible.
 */
export function distrust(dir: string, durability: Durability, { ref, owner, distrustMark }: JournalPlace): boolean {
  try {
    destroyDatabase(dir, durability === 'power');
    return true;
  } catch (error) {
    const whose = journalHeader(ref, 0, owner);
    if (couldMark(dir, whose)) return true;
    if (durability === 'power') throw error;
    leaveMark(distrustMark, whose);
    return false;
  }
}

function couldMark(dir: string, whose: Uint8Array): boolean {
  try {
    leaveMark(distrustMarkIn(dir), whose);
    return true;
  } catch {
    return false;
  }
}

function leaveMark(path: string, whose: Uint8Array): void {
  const { O_CREAT, O_WRONLY, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(path, O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    // Only for those who tidy up: that it is there is what counts, also when nothing more fits on the disk.
    fs.writeSync(fd, whose);
    fs.fsyncSync(fd);
  } catch {
    // As said.
  } finally {
    fs.closeSync(fd);
  }
  syncDirectory(dirname(path));
}

/**
 * The disk layer cannot be used, and the sidecar goes on without it: an older file must not come back later, when it has
 * missed what happened meanwhile. Without `place` it is not known to be ours, so it is not touched. What holds only until
 * the machine ends is tried again every `everyMs`, until the returned call. Throws DiskFailure `unremovable`.
 */
export function goOnWithout(
  { dir, durability, world }: Pick<DiskOptions, 'dir' | 'durability' | 'world'>,
  place: JournalPlace | null,
  unusable: string,
  everyMs: number,
): Cancel {
  const path = databasePath(dir);
  let cancel: Cancel = () => {};
  if (!mayExist(path)) return cancel;
  let why = '';
  try {
    if (place !== null) {
      if (distrust(dir, durability, place)) return cancel;
      world.log.error({ path }, TRUSTED_AFTER_REBOOT);
      const again = (): void => {
        if (!isDistrusted(dir, durability, place)) cancel = world.scheduler.after(everyMs, again);
      };
      cancel = world.scheduler.after(everyMs, again);
      return () => cancel();
    }
  } catch (error) {
    why = ` (${messageOf(error)})`;
  }
  throw new DiskFailure(
    'unremovable',
    `${unusable}; and ${path} is there and is not removed${why}: it would be served later`,
  );
}

const TRUSTED_AFTER_REBOOT =
  'the file can be neither removed nor marked: remove it before the machine starts anew, or old values may be served then';

function isDistrusted(dir: string, durability: Durability, place: JournalPlace): boolean {
  try {
    return distrust(dir, durability, place);
  } catch {
    return false;
  }
}

/**
 * The sidecar runs without a disk layer because it was told so: a file from before misses what happens meanwhile, and is
 * marked, unless another process is using it.
 */
export function distrustUnused(dir: string, log: Log): void {
  const path = databasePath(dir);
  if (!mayExist(path) || isLocked(path)) return;
  if (couldMark(dir, Buffer.alloc(0)))
    log.warn({ path }, 'the disk layer is off: it will begin anew when it is on again, as it misses what happens now');
  else
    log.error(
      { path },
      'the disk layer is off, and its file cannot be marked: remove it, or old values may be served later',
    );
}

/** Whether a process on this machine holds it open as a database. */
function isLocked(path: string): boolean {
  try {
    const { ino } = fs.statSync(path);
    return fs.readFileSync('/proc/locks', 'latin1').includes(`:${ino} `);
  } catch {
    return false;
  }
}

function mayExist(path: string): boolean {
  try {
    fs.lstatSync(path);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(codeOf(error));
  }
}
