import type { Bytes } from '../base/bytes';
import { KeyHash } from '../base/key-hash';
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

  private readonly hasher: KeyHash;

  constructor(seed: number) {
    this.hasher = KeyHash.ofSeed(seed);
  }

  record(db: number, key: Bytes, reason: Loss): void {
    const hash = this.hasher.hash(db, key.buf, key.start, key.end);
    this.hashes[hash & MASK] = hash;
    this.reasons[hash & MASK] = LOSSES.indexOf(reason);
  }

  /** Index into LOSSES; 0 (absent) if nothing is known. */
  reasonOf(db: number, key: Bytes): number {
    const hash = this.hasher.hash(db, key.buf, key.start, key.end);
    return this.hashes[hash & MASK] === hash ? this.reasons[hash & MASK]! : 0;
  }

  get bytesUsed(): number {
    return LOSSES_REMEMBERED_MAX * 5;
  }
}
