import type { Slab } from '../../../base/offheap/slab';
import { EntryList } from '../entry-list';
import { EXPIRES } from '../record';
import type { EvictionPolicy } from './policy';

/** Uses noted before they are done together. */
const PENDING_MAX = 64;

/**
 * Least recently used first, exactly. Moving an entry to the front writes three records that are rarely in the processor's
 * cache, so uses are only noted at first and done 64 at a time, when their memory is fetched side by side; whatever asks for
 * the order or changes it otherwise has them done before.
 */
export class AllKeysLru implements EvictionPolicy {
  readonly name: string = 'allkeys-lru';
  readonly bytesUsed = 0;
  protected readonly list: EntryList;
  private readonly pending = new Int32Array(PENDING_MAX);
  private pendingCount = 0;

  constructor(protected readonly records: Slab) {
    this.list = new EntryList(records);
  }

  get size(): number {
    return this.list.size;
  }

  added(slot: number): void {
    if (this.pendingCount > 0) this.settle();
    this.list.add(slot);
  }

  removed(slot: number): void {
    if (this.pendingCount > 0) this.settle();
    this.list.remove(slot);
  }

  touched(slot: number): void {
    this.pending[this.pendingCount++] = slot;
    if (this.pendingCount === PENDING_MAX) this.settle();
  }

  ttlChanged(_slot: number): void {}

  victim(): number {
    if (this.pendingCount > 0) this.settle();
    return this.list.back;
  }

  has(slot: number): boolean {
    return this.list.has(slot);
  }

  mayEvict(_expires: boolean): boolean {
    return true;
  }

  audit(): void {
    if (this.pendingCount > 0) this.settle();
    this.list.audit();
  }

  private settle(): void {
    const { list, pending } = this;
    const count = this.pendingCount;
    this.pendingCount = 0;
    list.fetch(pending, count);
    for (let i = 0; i < count; i++) list.moveToFront(pending[i]!);
  }
}

/** The same among entries that expire. An entry that is given an expiry counts as just used. */
export class VolatileLru extends AllKeysLru {
  override readonly name = 'volatile-lru';

  override added(slot: number): void {
    this.ttlChanged(slot);
  }

  override removed(slot: number): void {
    if (this.list.has(slot)) super.removed(slot);
  }

  override touched(slot: number): void {
    if (this.list.has(slot)) super.touched(slot);
  }

  override ttlChanged(slot: number): void {
    const expires = this.records.getFloat(slot, EXPIRES) !== Number.POSITIVE_INFINITY;
    if (expires === this.list.has(slot)) return;
    if (expires) super.added(slot);
    else super.removed(slot);
  }

  override mayEvict(expires: boolean): boolean {
    return expires;
  }
}
