import type { JournalRef } from './journal-file';
import type { Seed } from './row-id';

/** `process`: survives the end of the process. `power`: survives the end of the machine's power. */
export type Durability = 'process' | 'power';

export interface OpenRequest {
  kind: 'open';
  dir: string;
  durability: Durability;
  bootId: string;
  /** Names this session; its watermark has this name. */
  session: JournalRef;
  /** This session's journal, already made; null when every commit is synced by SQLite (`power`). */
  journal: JournalRef | null;
  journalDir: string;
  /** Files in the journal's directory that begin so are ours. */
  journalPrefix: string;
  /** Used when the file is new. */
  freshSeed: Seed;
  /** Transactions counted before it. */
  freshApplied: number;
  wallMs: number;
  bytesMax: number;
  /** For tests: SQLite's own limit, beyond which every insert is SQLITE_FULL. 0: none. */
  pageCountMax: number;
  /** If there is such a file, the database is not to be trusted: a session that could neither use nor remove it left this. */
  distrustMark: string;
  failpoint: Failpoint | null;
}

/** For tests: what the worker asks of the disk (statements, changes of files) fails at its n-th time. */
export interface Failpoint {
  /** The first call is 1. */
  at: number;
  /** Whether all later calls fail, too. */
  forever: boolean;
  /** SQLite's own (`SQLITE_FULL`), or `KILL`: the process ends there. */
  code: string;
  /** One 32-bit word: calls so far. */
  calls: SharedArrayBuffer;
}

/** Main to worker. Buffers are transferred. */
export type Request =
  | OpenRequest
  | { kind: 'batch'; seq: number; generation: number; memory: ArrayBuffer; length: number; wallMs: number }
  | { kind: 'read'; ids: Float64Array }
  | { kind: 'directory'; after: number; rowsMax: number }
  | { kind: 'tags'; after: Uint8Array; rowsMax: number }
  | { kind: 'edges'; after: EdgeCursor | null; rowsMax: number }
  | { kind: 'notes'; prefix: string; after: string; rowsMax: number }
  | { kind: 'heat-save'; chunk: number; ids: Float64Array; last: boolean }
  | { kind: 'heat'; after: HeatCursor; rowsMax: number }
  | { kind: 'check'; wallMs: number }
  | { kind: 'audit' }
  | { kind: 'close'; wallMs: number };

export interface EdgeCursor {
  db: number;
  source: Uint8Array;
  dependent: Uint8Array;
}

export interface HeatCursor {
  chunk: number;
  offset: number;
}

/** Counters the worker keeps; sent with every batch that is done. */
export interface WorkerCounters {
  rows: number;
  /** Bytes of live rows: packed row plus an estimate of what SQLite adds. */
  liveBytes: number;
  fileBytes: number;
  rowsWritten: number;
  writeErrors: number;
  readErrors: number;
  checksumErrors: number;
  evicted: number;
  busyMs: number;
}

export const NO_COUNTERS: WorkerCounters = {
  rows: 0,
  liveBytes: 0,
  fileBytes: 0,
  rowsWritten: 0,
  writeErrors: 0,
  readErrors: 0,
  checksumErrors: 0,
  evicted: 0,
  busyMs: 0,
};

export interface OpenedReply {
  kind: 'opened';
  epoch: number;
  dbMap: Uint8Array | null;
  /** For each physical database: rows of a lower version are dead. */
  floors: Float64Array;
  /** Names of all notes, with bytes of name and value. */
  notes: [name: string, sizeBytes: number][];
  seed: Seed;
  /** The last session ended in order. */
  clean: boolean;
  /** Why the file begins empty: '' if it does not. */
  emptyBecause: string;
  /** Name of the file put aside, or ''. */
  quarantined: string;
  /** Wall clock of the last batch before this start, 0 if there was none: shows a clock set back. */
  lastWallMs: number;
  counters: WorkerCounters;
}

/** Worker to main. */
export type Reply =
  | OpenedReply
  | { kind: 'refused'; code: 'in-use' | 'is-directory' | 'symlink' | 'unusable'; message: string }
  | { kind: 'batch-done'; seq: number; full: boolean; memory: ArrayBuffer; counters: WorkerCounters }
  /** `count` reads answered, in the order asked: one byte (1: a packed row follows; 0: none). */
  | { kind: 'rows'; count: number; memory: Uint8Array }
  | { kind: 'directory-page'; memory: Uint8Array; after: number; done: boolean }
  | { kind: 'tags-page'; memory: Uint8Array; after: Uint8Array; done: boolean }
  | { kind: 'edges-page'; memory: Uint8Array; after: EdgeCursor | null; done: boolean }
  | { kind: 'notes-page'; memory: Uint8Array; after: string; done: boolean }
  | { kind: 'heat-page'; memory: Uint8Array; after: HeatCursor; done: boolean }
  /** Heads of rows that are gone, one after another: evicted, or not stored because the disk is full. */
  | { kind: 'evicted'; memory: Uint8Array }
  | { kind: 'reset'; generation: number; reason: string; quarantined: string }
  | { kind: 'disabled'; reason: string; removed: boolean }
  | { kind: 'audited'; problem: string }
  /** `clean`: the file says that everything is in it. */
  | { kind: 'closed'; clean: boolean };

export type ReplyOf<K extends Reply['kind']> = Extract<Reply, { kind: K }>;
