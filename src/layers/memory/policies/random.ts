import type { Slab } from '../../../base/offheap/slab';
import { EXPIRES } from '../record';
import { SlotArray } from '../slot-array';
import type { EvictionPolicy } from './policy';

/** Any entry, each with the same chance. */
export class AllKeysRandom implements EvictionPolicy {
  readonly name: string = 'allkeys-random';
  protected readonly slots: SlotArray;

  constructor(
    protected readonly records: Slab,
    private readonly random: () => number,
  ) {
    this.slots = new SlotArray(records);
  }

  get bytesUsed(): number {
    return this.slots.bytesUsed;
  }

  get size(): number {
    return this.slots.size;
  }

  added(slot: number): void {
    this.slots.push(slot);
  }

  removed(slot: number): void {
    this.slots.remove(slot);
  }

  touched(): void {}

  ttlChanged(_slot: number): void {}

  victim(): number {
    const { size } = this.slots;
    return size === 0 ? 0 : this.slots.at(Math.floor(this.random() * size));
  }

  has(slot: number): boolean {
    return this.slots.placeOf(slot) >= 0;
  }

  mayEvict(_expires: boolean): boolean {
    return true;
  }

  audit(): void {
    this.slots.audit();
  }
}

/** Any of the entries that expire. */
export class VolatileRandom extends AllKeysRandom {
  override readonly name = 'volatile-random';

  override added(slot: number): void {
    this.ttlChanged(slot);
  }

  override removed(slot: number): void {
    if (this.has(slot)) this.slots.remove(slot);
  }

  override ttlChanged(slot: number): void {
    const expires = this.records.getFloat(slot, EXPIRES) !== Number.POSITIVE_INFINITY;
    if (expires === this.has(slot)) return;
    if (expires) this.slots.push(slot);
    else this.slots.remove(slot);
  }

  override mayEvict(expires: boolean): boolean {
    return expires;
  }
}
