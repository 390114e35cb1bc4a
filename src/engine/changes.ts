import type { Bytes } from '../base/bytes';
import { nameOf } from './core';
import { PHYSICAL_DATABASES } from './databases';

/** Beyond this many remembered keys everything being made counts as overtaken. */
const CHANGES_MAX = 1_000_000;

/**
 * Which keys were written, deleted or invalidated while values are being made: the epoch of each key's last change. Kept
 * only as long as somebody holds it (a load under way, the directory being read), so an idle node remembers nothing.
 */
export class Changes {
  private readonly epochs = new Map<string, number>();
  private readonly flushEpochs = new Float64Array(PHYSICAL_DATABASES);
  private holders = 0;
  private overflowEpoch = 0;

  hold(): void {
    this.holders++;
  }

  release(): void {
    if (--this.holders > 0) return;
    this.epochs.clear();
    this.flushEpochs.fill(0);
    this.overflowEpoch = 0;
  }

  get isHeld(): boolean {
    return this.holders > 0;
  }

  /** `db` is physical. The caller asks `isHeld` first and takes the epoch only then. */
  record(db: number, key: Bytes, epoch: number): void {
    if (this.epochs.size < CHANGES_MAX) this.epochs.set(nameOf(db, key), epoch);
    else this.overflowEpoch = epoch;
  }

  /** The whole database was emptied. */
  recordFlush(db: number, epoch: number): void {
    this.flushEpochs[db] = epoch;
  }

  /** Epoch of the database's last flush since somebody began to hold; 0: none. */
  flushOf(db: number): number {
    return this.flushEpochs[db]!;
  }

  /** Epoch of the key's last change since somebody began to hold; 0: none. */
  lastOf(db: number, key: string): number {
    return Math.max(this.epochs.get(String.fromCharCode(db) + key) ?? 0, this.overflowEpoch, this.flushEpochs[db]!);
  }

  get size(): number {
    return this.epochs.size;
  }
}
