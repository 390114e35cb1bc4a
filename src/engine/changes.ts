import { PHYSICAL_DATABASES } from './databases';

/** Places of the table, a power of two: 8 bytes each. */
const CHANGES_PLACES = 1 << 20;
const MASK = CHANGES_PLACES - 1;

/**
 * Which keys were written, deleted or invalidated while values are being made: the epoch of each key's last change. Noted
 * only as long as somebody holds it (a load, a lease, a remembered miss, the directory being read).
 *
 * A direct-mapped table by the key's hash. Keys that share a place share their changes: what is made of one may then look
 * overtaken by the other, and is made again; nothing old is ever kept. Old epochs may stay in it, since whoever asks, asks
 * for what came after it began to hold.
 */
export class Changes {
  private epochs: Float64Array | undefined;
  private readonly flushEpochs = new Float64Array(PHYSICAL_DATABASES);
  private holders = 0;
  private heldUntilMs = 0;

  constructor(private readonly clock: { readonly now: number }) {}

  hold(): void {
    this.holders++;
    this.epochs ??= new Float64Array(CHANGES_PLACES);
  }

  release(): void {
    this.holders--;
  }

  /** Holds until that moment, clock ms. */
  holdUntil(ms: number): void {
    if (ms > this.heldUntilMs) this.heldUntilMs = ms;
    this.epochs ??= new Float64Array(CHANGES_PLACES);
  }

  get isHeld(): boolean {
    return this.holders > 0 || this.clock.now < this.heldUntilMs;
  }

  /** `hash` is of database and key (MemoryLayer.hashOf). The caller asks `isHeld` first and takes the epoch only then. */
  record(hash: number, epoch: number): void {
    const { epochs } = this;
    if (epochs !== undefined && epochs[hash & MASK]! < epoch) epochs[hash & MASK] = epoch;
  }

  /** The whole database was emptied. */
  recordFlush(db: number, epoch: number): void {
    this.flushEpochs[db] = epoch;
  }

  /** Epoch of the database's last flush that was noted; 0: none. */
  flushOf(db: number): number {
    return this.flushEpochs[db]!;
  }

  /** Epoch of the key's last change that was noted, or of one that came later; 0: none. */
  lastOf(db: number, hash: number): number {
    const own = this.epochs === undefined ? 0 : this.epochs[hash & MASK]!;
    return Math.max(own, this.flushEpochs[db]!);
  }

  get bytesUsed(): number {
    return this.epochs === undefined ? 0 : this.epochs.byteLength;
  }
}
