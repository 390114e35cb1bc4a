import type { Store } from './store';

const SLICE_ROWS = 512;

/** Background work of the file, a slice a call: what a flush left, and the oldest rows when there is too much. */
export class Reclaimer {
  private flushedDb = -1;
  private cursor = -1;

  constructor(
    private readonly store: Store,
    private readonly bytesMax: number,
    /** Heads of rows that were evicted. */
    private readonly evicted: (heads: Buffer[]) => void,
  ) {}

  /** Whether another slice is due. */
  step(): boolean {
    const flushing = this.reclaimFlushed();
    return this.evictSlice() || flushing;
  }

  /** The oldest go, wherever the limit is: the disk itself is full. */
  makeRoom(): void {
    this.evicted(this.store.evictOldest(SLICE_ROWS));
  }

  private evictSlice(): boolean {
    const { store } = this;
    if (store.rows === 0) return false;
    if (store.liveBytes <= this.bytesMax && store.fileBytes <= this.bytesMax) return false;
    this.evicted(store.evictOldest(SLICE_ROWS));
    return true;
  }

  private reclaimFlushed(): boolean {
    const { store } = this;
    if (store.flushed) {
      store.flushed = false;
      this.flushedDb = -1;
    }
    if (this.flushedDb === -1) {
      this.flushedDb = store.unreclaimed()[0] ?? -1;
      this.cursor = -1;
      if (this.flushedDb === -1) return false;
    }
    this.cursor = store.reclaim(this.flushedDb, this.cursor, SLICE_ROWS);
    if (this.cursor !== -1) return true;
    store.reclaimed(this.flushedDb);
    this.flushedDb = -1;
    return true;
  }
}
