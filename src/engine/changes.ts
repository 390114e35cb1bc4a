import type { Bytes } from '../base/bytes';
import { nameOf } from './core';

/** Beyond this many remembered keys every load under way counts as overtaken. */
const CHANGES_MAX = 1_000_000;

/**
 * Which keys were written, deleted or invalidated while values are being made: the epoch of each key's last change. Kept
 * only as long as somebody holds it (a load under way), so an idle node remembers nothing.
 */
export class Changes {
  private readonly epochs = new Map<string, number>();
  private holders = 0;
  private overflowEpoch = 0;

  hold(): void {
    this.holders++;
  }

  release(): void {
    if (--this.holders > 0) return;
    this.epochs.clear();
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

  /** Epoch of the key's last change since somebody began to hold; 0: none. */
  lastOf(db: number, key: string): number {
    return Math.max(this.epochs.get(String.fromCharCode(db) + key) ?? 0, this.overflowEpoch);
  }

  get size(): number {
    return this.epochs.size;
  }
}
