import * as fs from 'node:fs';
import { KeyHash } from '../../base/key-hash';
import type { JournalRef } from './journal-file';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';
const SHARED_MEMORY = '/dev/shm';
const TMPFS_MAGIC = 0x01021994;
const ID_WORDS = 4;

/** Names this run of the machine. Where there is no such name, every start counts as another run. */
export function bootIdOf(random: () => number): string {
  try {
    return fs.readFileSync(BOOT_ID_FILE, 'latin1').trim();
  } catch {
    return `unknown-${randomHex(random)}`;
  }
}

/**
 * Where the journal lives unless the operator says otherwise: in memory that outlives the process but not the machine, so
 * that a write never waits for a disk; without such a place, beside the data.
 */
export function journalDirFor(dataDir: string): string {
  try {
    fs.accessSync(SHARED_MEMORY, fs.constants.W_OK);
    if (fs.statfsSync(SHARED_MEMORY).type === TMPFS_MAGIC) return SHARED_MEMORY;
  } catch {
    // Not there, or not ours to write.
  }
  return dataDir;
}

/** Journals of one data directory share a prefix; each session has its own name. */
export function journalRefFor(dir: string, dataDir: string, random: () => number): { ref: JournalRef; prefix: string } {
  const path = Buffer.from(fs.realpathSync(dataDir), 'utf8');
  const hash = (seed: number) => hex(new KeyHash(seed, 0).hash(0, path, 0, path.length) >>> 0);
  const prefix = `larder-${hash(1)}${hash(2)}-`;
  return { ref: { dir, name: prefix + randomHex(random) }, prefix };
}

/** 16 digits. */
function randomHex(random: () => number): string {
  return Array.from({ length: ID_WORDS }, () => hex(Math.floor(random() * 0x1_0000)).slice(4)).join('');
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
