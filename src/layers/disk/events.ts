import type { Bytes } from '../../base/bytes';
import { RowReader } from './row';

/** A row that is gone from the disk, or never came there. Later versions of the key may be there. */
export interface GoneRow {
  db: number;
  /** A view, good during the call. */
  key: Bytes;
  version: number;
}

/** What the disk layer says by itself. */
export interface DiskEvents {
  /** Rows were evicted, or not stored because the disk is full. */
  onEvicted: (rows: GoneRow[]) => void;
  /** A new, empty file was begun: no row is on disk. Tell tags and edges anew, before returning. */
  onReset: (reason: string) => void;
  /** The worker is done with a batch and could take another. */
  onKeepsUp: () => void;
  /** `isGone`: nothing in the file can come back. Otherwise nothing that is acknowledged from now on would hold. */
  onDisabled: (reason: string, isGone: boolean) => void;
  /** What was not gone is gone now. */
  onGone: () => void;
}

/** As the worker sends them. */
export function goneRows(memory: Uint8Array): GoneRow[] {
  const row = new RowReader(Buffer.from(memory.buffer, memory.byteOffset, memory.length));
  const rows: GoneRow[] = [];
  for (let at = 0; at < memory.length; at = row.headEnd) {
    row.point(at);
    rows.push({ db: row.db, key: row.key(), version: row.version });
  }
  return rows;
}
