import * as fs from 'node:fs';
import { ownerIn } from '../journal-file';
import type { OpenRequest } from '../messages';
import { isAbandoned } from '../place';

/** Names of journals and marks of any data directory. */
const OURS = /^larder-[0-9a-f]{16}-(?:[0-9a-f]{16}\.[abn]|distrusted)$/;
/** A header is shorter: it holds one path. */
const HEADER_BYTES_MAX = 8 << 10;
/** Files of others looked into at one start. */
const LOOKED_INTO_MAX = 10_000;

/**
 * Removes what sessions left in the journal's directory: those of this data directory that died before they could be used
 * (safe while we hold the lock), and everything of directories that are no more, once the process that wrote it is no more
 * either. A server that starts meanwhile is not touched: its directory is there, and its journals have names of their own.
 */
export function removeOrphans({ session, journalDir, journalPrefix }: OpenRequest): void {
  let left = LOOKED_INTO_MAX;
  const abandoned = new Set<string>();
  const names = fs.readdirSync(journalDir).filter((name) => OURS.test(name));
  for (const name of names) {
    if (name.startsWith(journalPrefix)) {
      if (!name.startsWith(session.name)) fs.rmSync(`${journalDir}/${name}`, { force: true });
    } else if (left-- > 0 && isAbandonedFile(`${journalDir}/${name}`)) abandoned.add(sessionOf(name));
  }
  // One of a session's two journals may be empty, and then does not say whose it is; its watermark never does.
  for (const name of names) if (abandoned.has(sessionOf(name))) fs.rmSync(`${journalDir}/${name}`, { force: true });
}

function sessionOf(name: string): string {
  return name.replace(/\.[abn]$/, '');
}

function isAbandonedFile(path: string): boolean {
  const head = Buffer.alloc(HEADER_BYTES_MAX);
  let length = 0;
  try {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      length = fs.readSync(fd, head, 0, head.length, 0);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return false;
  }
  const owner = ownerIn(head.subarray(0, length));
  return owner !== null && isAbandoned(owner);
}
