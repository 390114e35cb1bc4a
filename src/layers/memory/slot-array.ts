import { SLOT_MASK, SLOT_SHIFT, type Slab } from '../../base/offheap/slab';
import { ENTRY_WORDS, PREV } from './record';

const PAGE_BITS = 14;
const PAGE_MASK = (1 << PAGE_BITS) - 1;

/**
 * Entries side by side in places 0 to size - 1, in pages so that it grows without a copy. An entry knows its place: word
 * PREV holds place + 1, or 0 while it is not in.
 */
export class SlotArray {
  size = 0;
  private readonly pages: Int32Array[] = [];

  constructor(private readonly records: Slab) {}

  at(place: number): number {
    return this.pages[place >>> PAGE_BITS]![place & PAGE_MASK]!;
  }

  /** -1 if it is not in. */
  placeOf(slot: number): number {
    return this.records.pages[slot >>> SLOT_SHIFT]![(slot & SLOT_MASK) * ENTRY_WORDS + PREV]! - 1;
  }

  put(place: number, slot: number): void {
    this.pages[place >>> PAGE_BITS]![place & PAGE_MASK] = slot;
    this.records.pages[slot >>> SLOT_SHIFT]![(slot & SLOT_MASK) * ENTRY_WORDS + PREV] = place + 1;
  }

  push(slot: number): void {
    if (this.size >>> PAGE_BITS === this.pages.length) this.pages.push(new Int32Array(PAGE_MASK + 1));
    this.put(this.size++, slot);
  }

  /** Takes the entry out and puts the last one in its place, which is returned (`size` if it was the last itself). */
  remove(slot: number): number {
    const place = this.placeOf(slot);
    const last = this.at(--this.size);
    if (last !== slot) this.put(place, last);
    this.records.set(slot, PREV, 0);
    return place;
  }

  get bytesUsed(): number {
    return this.size * 4;
  }

  /** Throws unless every entry knows its place. */
  audit(): void {
    for (let place = 0; place < this.size; place++) {
      if (this.placeOf(this.at(place)) !== place) throw new Error('slot array: an entry does not know its place');
    }
  }
}
