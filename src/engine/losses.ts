import type { Bytes } from '../base/bytes';
import { hashBytes } from '../base/hash';
import { LOSSES, type Loss } from './counters';

/**
 * Remembers how recently lost keys were lost, so that a miss can be counted by its reason: a direct-mapped table of
 * (hash, reason), newer losses overwriting older ones in the same place. Bounded, no object per key; a collision can only
 * misname a reason in the statistics.
 */
const LOSSES_REMEMBERED_MAX = 1 << 17;
const MASK = LOSSES_REMEMBERED_MAX - 1;

export class Losses {
  private readonly hashes = new Int32Array(LOSSES_REMEMBERED_MAX);
  private readonly reasons = new Uint8Array(LOSSES_REMEMBERED_MAX);

  constructor(private readonly seed: number) {}

  record(db: number, key: Bytes, reason: Loss): void {
    const hash = hashBytes(key.buf, key.start, key.end, this.seed + db);
    this.hashes[hash & MASK] = hash;
    this.reasons[hash & MASK] = LOSSES.indexOf(reason);
  }

  /** Index into LOSSES; 0 (absent) if nothing is known. */
  reasonOf(db: number, key: Bytes): number {
    const hash = hashBytes(key.buf, key.start, key.end, this.seed + db);
    return this.hashes[hash & MASK] === hash ? this.reasons[hash & MASK]! : 0;
  }

  get bytesUsed(): number {
    return LOSSES_REMEMBERED_MAX * 5;
  }
}
