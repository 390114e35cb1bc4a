import { invariant } from '../base/fault';

/** Epochs saved ahead in one go: at 20,000 invalidations a second, half a block lasts 25 s of a silent disk. */
export const EPOCH_BLOCK = 1_000_000;

/**
 * The node's epoch: a counter that only grows, also over restarts. The end of a block is saved before its epochs are used
 * up, and a restart goes on from the saved end, so no epoch is ever given out twice.
 *
 * `saveAhead(end)` asks for `end` to be made durable; whoever does it answers with `saved(end)`, at once or later.
 */
export class Epochs {
  private last = 0;
  private savedEnd = 0;
  private askedEnd = 0;

  constructor(
    private readonly saveAhead: (end: number) => void,
    private readonly block: number = EPOCH_BLOCK,
  ) {
    invariant(block >= 2, 'an epoch block holds at least two epochs');
  }

  /** The newest epoch given out: note it when the making of a value begins. */
  get current(): number {
    return this.last;
  }

  /** Whether epochs were given out that a restart could give out again, because saving lags or failed. */
  get overrun(): boolean {
    return this.last > this.savedEnd;
  }

  next(): number {
    this.last++;
    this.reserve();
    return this.last;
  }

  /** At boot, before the first `next`: goes on behind the saved end, or behind the newest epoch seen on disk. */
  resume(savedEnd: number): void {
    invariant(savedEnd >= this.last, `epoch ${savedEnd} is older than ${this.last}`);
    this.last = savedEnd;
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
