import { invariant } from '../base/fault';

/** Epochs saved ahead in one go: at 20,000 invalidations a second, half a block lasts 25 s of a silent disk. */
const EPOCH_BLOCK = 1_000_000;

/**
 * The node's epoch: a counter that only grows, also over restarts. The end of a block is saved before its epochs are used
 * up, and a restart goes on from the saved end, so no epoch is ever given out twice.
 *
 * `saveAhead(end)` asks for `end` to be made durable; whoever does it answers with `saved(end)`, at once or later.
 */
export class Epochs {
  private last = 0;
  /** The epoch that invalidations share, good until it is sealed. */
  private shared = 0;
  private sealed = true;
  private savedEnd = 0;
  private askedEnd = 0;

  constructor(
    private readonly saveAhead: (end: number) => void,
    private readonly block: number = EPOCH_BLOCK,
  ) {
    invariant(block >= 2, 'an epoch block holds at least two epochs');
  }

  /** The newest epoch given out, to look at only; `note` it when the making of a value begins. */
  get current(): number {
    return this.last;
  }

  /**
   * The making of a value begins now, or one is stored: what is invalidated from here on overtakes it. Seals the epoch: no
   * later invalidation shares it.
   */
  note(): number {
    this.sealed = true;
    return this.last;
  }

  /** The version of a row that is written now: newer than every invalidation before it, older than every one after it. */
  stamp(): number {
    this.sealed = true;
    return this.next();
  }

  /**
   * The epoch of an invalidation, or of another change of a key. Shared with those before it unless the epoch was sealed
   * meanwhile: nobody could tell them apart.
   */
  batch(): number {
    if (this.sealed) {
      this.sealed = false;
      this.shared = this.next();
    }
    return this.shared;
  }

  /** The turn's replies are on their way: what comes later is told apart from what they told. */
  seal(): void {
    this.sealed = true;
  }

  /** Whether epochs were given out that a restart could give out again, because saving lags or failed. */
  get overrun(): boolean {
    return this.last > this.savedEnd;
  }

  /** Of what dies by name on disk: newer than every row version so far. */
  next(): number {
    this.last++;
    this.reserve();
    return this.last;
  }

  /** At boot, before the first `next`: goes on behind the saved end, or behind the newest epoch seen on disk. */
  resume(savedEnd: number): void {
    invariant(savedEnd >= this.last, `epoch ${savedEnd} is older than ${this.last}`);
    this.last = savedEnd;
    this.sealed = true;
    this.savedEnd = savedEnd;
    this.askedEnd = savedEnd;
    this.reserve();
  }

  saved(end: number): void {
    if (end > this.savedEnd) this.savedEnd = end;
  }

  /** The save failed: the next epoch asks again. */
  failed(): void {
    this.askedEnd = this.savedEnd;
  }

  private reserve(): void {
    if (this.last + this.block / 2 <= this.askedEnd) return;
    this.askedEnd = this.last + this.block;
    this.saveAhead(this.askedEnd);
  }
}
