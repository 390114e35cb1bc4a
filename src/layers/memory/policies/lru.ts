import type { Slab } from '../../../base/offheap/slab';
import { EntryList } from '../entry-list';
import { EXPIRES } from '../record';
import type { EvictionPolicy } from './policy';

/** Least recently used first, exactly. */
export class AllKeysLru implements EvictionPolicy {
  readonly name: string = 'allkeys-lru';
  readonly bytesUsed = 0;
  protected readonly list: EntryList;

  constructor(protected readonly records: Slab) {
    this.list = new EntryList(records);
  }

  get size(): number {
    return this.list.size;
  }

  added(slot: number): void {
    this.list.add(slot);
  }

  removed(slot: number): void {
    this.list.remove(slot);
  }

  touched(slot: number): void {
    if (this.list.front !== slot) this.list.moveToFront(slot);
  }

  ttlChanged(_slot: number): void {}

  victim(): number {
    return this.list.back;
  }

  has(slot: number): boolean {
    return this.list.has(slot);
  }

  mayEvict(_expires: boolean): boolean {
    return true;
  }

  audit(): void {
    this.list.audit();
  }
}

/** The same among entries that expire. An entry that is given an expiry counts as just used. */
export class VolatileLru extends AllKeysLru {
  override readonly name = 'volatile-lru';

  override added(slot: number): void {
    this.ttlChanged(slot);
  }

  override removed(slot: number): void {
    if (this.list.has(slot)) this.list.remove(slot);
  }

  override touched(slot: number): void {
    if (this.list.has(slot)) this.list.moveToFront(slot);
  }

  override ttlChanged(slot: number): void {
    const expires = this.records.getFloat(slot, EXPIRES) !== Number.POSITIVE_INFINITY;
    if (expires === this.list.has(slot)) return;
    if (expires) this.list.add(slot);
    else this.list.remove(slot);
  }

  override mayEvict(expires: boolean): boolean {
    return expires;
  }
}
