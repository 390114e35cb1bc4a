import type { World } from '../../base/world';
import type { JournalIo } from './journal';
import type { Durability, Failpoint } from './messages';
import type { MakeLink } from './worker-link';

export interface DiskOptions {
  world: World;
  /** Data directory; made with mode 0700 if missing. */
  dir: string;
  durability: Durability;
  /** `durability: process` only. Default: /dev/shm if it is a writable tmpfs, else `dir`. */
  journalDir?: string;
  /** Above this the oldest rows go. The write-ahead log (at most 64 MB) comes on top. */
  diskBytesMax?: number;
  /** Of each of the two journal files. */
  journalBytesMax?: number;
  /** Reads waiting for the worker; more are refused with DiskFailure `reads-full`. */
  readsQueuedMax?: number;
  /** Rows and deletes in one message to the worker, and so in one transaction. */
  batchOpsMax?: number;
  batchBytesMax?: number;
  batchesInFlightMax?: number;
  /** Rows in one page of the directory, of tags, of edges. */
  pageRowsMax?: number;
  /** Rows with their values in one page of the heat list (and about a megabyte at most). */
  heatPageRowsMax?: number;
  /** Notes, and bytes of all their names and values. */
  notesMax?: number;
  notesBytesMax?: number;
  /** Epochs are saved ahead by so many. */
  epochBlock?: number;
  /** How often to look whether the file is still the one that was opened. */
  checkEveryMs?: number;
  /** An orderly close that takes longer becomes an unclean one. */
  closeWithinMs?: number;
  /** For tests. */
  bootId?: string;
  pageCountMax?: number;
  failpoint?: Failpoint;
  journalIo?: JournalIo;
  makeLink?: MakeLink;
}

const DISK_DEFAULTS = {
  diskBytesMax: 8 * 2 ** 30,
  journalBytesMax: 16 << 20,
  /** One MGET may ask for as many keys as a request has arguments. */
  readsQueuedMax: 1_200_000,
  batchOpsMax: 64,
  batchBytesMax: 1 << 20,
  batchesInFlightMax: 2,
  pageRowsMax: 128,
  heatPageRowsMax: 16,
  notesMax: 16_384,
  notesBytesMax: 64 << 20,
  epochBlock: 1_000_000,
  checkEveryMs: 10_000,
  closeWithinMs: 5_000,
  pageCountMax: 0,
} as const;

export type DiskSettings = { -readonly [Name in keyof typeof DISK_DEFAULTS]: number };

export function settingsOf(options: DiskOptions): DiskSettings {
  const settings: DiskSettings = { ...DISK_DEFAULTS };
  for (const name of Object.keys(DISK_DEFAULTS) as (keyof DiskSettings)[])
    settings[name] = options[name] ?? settings[name];
  return settings;
}
