import * as fs from 'node:fs';
import { hashBytes } from '../../base/hash';
import type { JournalOwner, JournalRef } from './journal-file';

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';
const SHARED_MEMORY = '/dev/shm';
const TMPFS_MAGIC = 0x01021994;
const ID_WORDS = 4;
/** Field 22 of /proc/<pid>/stat, counted from the one after the name. */
const STAT_START_TIME = 19;

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
    const { type, bavail } = fs.statfsSync(SHARED_MEMORY);
    if (type === TMPFS_MAGIC && bavail > 0) return SHARED_MEMORY;
  } catch {
    // Not there, or not ours to write.
  }
  return dataDir;
}

export interface JournalPlace {
  ref: JournalRef;
  prefix: string;
  owner: JournalOwner;
  /** See OpenRequest. */
  distrustMark: string;
}

/** Journals of one data directory, which must exist, share a prefix; each session has its own name. */
export function journalPlaceFor(dir: string, dataDir: string, random: () => number): JournalPlace {
  const realDir = fs.realpathSync(dataDir);
  const path = Buffer.from(realDir, 'utf8');
  const hash = (seed: number) => hex(hashBytes(path, 0, path.length, seed) >>> 0);
  const prefix = `larder-${hash(1)}${hash(2)}-`;
  return {
    ref: { dir, name: prefix + randomHex(random) },
    prefix,
    owner: { dataDir: realDir, pid: process.pid, startedAt: startOf(process.pid), space: namespaces() },
    distrustMark: `${dir}/${prefix}distrusted`,
  };
}

/** When the process began; '' if there is none of that number, or no way to know. */
function startOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STAT_START_TIME] ?? '';
  } catch {
    return '';
  }
}

function namespaces(): string {
  try {
    return `${fs.readlinkSync('/proc/self/ns/mnt')} ${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Whether nobody will ever ask for it: its process has ended, and there is no directory in which a next one could begin. */
export function isAbandoned({ dataDir, pid, startedAt, space }: JournalOwner): boolean {
  if (space === '' || space !== namespaces()) return false;
  return startOf(pid) !== startedAt && !fs.existsSync(dataDir);
}

/** 16 digits. */
function randomHex(random: () => number): string {
  return Array.from({ length: ID_WORDS }, () => hex(Math.floor(random() * 0x1_0000)).slice(4)).join('');
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
