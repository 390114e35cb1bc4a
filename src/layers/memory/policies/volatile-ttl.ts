import type { Slab } from '../../../base/offheap/slab';
import { EXPIRES } from '../record';
import { SlotArray } from '../slot-array';
import type { EvictionPolicy } from './policy';

const CHILDREN = 4;

/**
 * The entry that expires first, exactly: a heap in which every entry has four below it and knows its own place. The timer
 * wheel could not tell: it knows later expiries only roughly, and it holds stubs too, which are no victims.
 */
export class VolatileTtl implements EvictionPolicy {
  readonly name = 'volatile-ttl';
  private readonly heap: SlotArray;

  constructor(private readonly records: Slab) {
    this.heap = new SlotArray(records);
  }

  get bytesUsed(): number {
    return this.heap.bytesUsed;
  }

  get size(): number {
    return this.heap.size;
  }

  added(slot: number): void {
    this.ttlChanged(slot);
  }

  removed(slot: number): void {
    if (this.has(slot)) this.takeOut(slot);
  }

  touched(): void {}

  ttlChanged(slot: number): void {
    const expires = this.expiresAt(slot) !== Number.POSITIVE_INFINITY;
    if (expires) {
      if (!this.has(slot)) this.heap.push(slot);
      this.settle(this.heap.placeOf(slot));
    } else this.removed(slot);
  }

  victim(): number {
    return this.heap.size === 0 ? 0 : this.heap.at(0);
  }

  has(slot: number): boolean {
    return this.heap.placeOf(slot) >= 0;
  }

  mayEvict(expires: boolean): boolean {
    return expires;
  }

  audit(): void {
    this.heap.audit();
    for (let place = 1; place < this.heap.size; place++) {
      const parent = this.heap.at(Math.floor((place - 1) / CHILDREN));
      if (this.expiresAt(parent) > this.expiresAt(this.heap.at(place))) throw new Error('volatile-ttl: no heap');
    }
  }

  private expiresAt(slot: number): number {
    return this.records.getFloat(slot, EXPIRES);
  }

  private takeOut(slot: number): void {
    const place = this.heap.remove(slot);
    if (place < this.heap.size) this.settle(place);
  }

  private settle(place: number): void {
    const slot = this.heap.at(place);
    const up = this.rise(place, slot);
    this.heap.put(up === place ? this.sink(place, slot) : up, slot);
  }

  private rise(from: number, slot: number): number {
    const at = this.expiresAt(slot);
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 2;
      const parent = this.heap.at(above);
      if (this.expiresAt(parent) <= at) break;
      this.heap.put(place, parent);
      place = above;
    }
    return place;
  }

  private sink(from: number, slot: number): number {
    const at = this.expiresAt(slot);
    let place = from;
    for (;;) {
      const first = place * CHILDREN + 1;
      let best = -1;
      let bestAt = at;
      for (let child = first; child < first + CHILDREN && child < this.heap.size; child++) {
        const childAt = this.expiresAt(this.heap.at(child));
        if (childAt < bestAt) {
          best = child;
          bestAt = childAt;
        }
      }
      if (best < 0) return place;
      this.heap.put(place, this.heap.at(best));
      place = best;
    }
  }
}
