import { SLOT_MASK, SLOT_SHIFT, type Slab } from '../../base/offheap/slab';
import { ENTRY_WORDS, NEXT, PREV } from './record';

/**
 * Entries in a row, linked through their own words PREV and NEXT, which are 0 while they are in no list. Newest at the
 * front; every operation takes the same time however long the row is.
 */
export class EntryList {
  front = 0;
  back = 0;
  size = 0;
  /** Only so that the reads of `fetch` are not taken for idle. */
  fetched = 0;

  constructor(private readonly records: Slab) {}

  has(slot: number): boolean {
    return this.front === slot || this.records.get(slot, PREV) !== 0;
  }

  add(slot: number): void {
    const { front, records } = this;
    const page = records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    page[at + PREV] = 0;
    page[at + NEXT] = front;
    if (front === 0) this.back = slot;
    else records.pages[front >>> SLOT_SHIFT]![(front & SLOT_MASK) * ENTRY_WORDS + PREV] = slot;
    this.front = slot;
    this.size++;
  }

  remove(slot: number): void {
    const { pages } = this.records;
    const page = pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const prev = page[at + PREV]!;
    const next = page[at + NEXT]!;
    if (prev === 0) this.front = next;
    else pages[prev >>> SLOT_SHIFT]![(prev & SLOT_MASK) * ENTRY_WORDS + NEXT] = next;
    if (next === 0) this.back = prev;
    else pages[next >>> SLOT_SHIFT]![(next & SLOT_MASK) * ENTRY_WORDS + PREV] = prev;
    page[at + PREV] = 0;
    page[at + NEXT] = 0;
    this.size--;
  }

  moveToFront(slot: number): void {
    if (this.front === slot) return;
    this.remove(slot);
    this.add(slot);
  }

  /**
   * Reads what `moveToFront` of these will: none of the reads waits for another, so the processor fetches them side by side.
   */
  fetch(slots: Int32Array, count: number): void {
    const { pages } = this.records;
    let all = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i]!;
      const page = pages[slot >>> SLOT_SHIFT]!;
      const at = (slot & SLOT_MASK) * ENTRY_WORDS;
      const prev = page[at + PREV]!;
      const next = page[at + NEXT]!;
      all |= pages[prev >>> SLOT_SHIFT]![(prev & SLOT_MASK) * ENTRY_WORDS + NEXT]!;
      all |= pages[next >>> SLOT_SHIFT]![(next & SLOT_MASK) * ENTRY_WORDS + PREV]!;
    }
    this.fetched = all;
  }

  /** Throws unless the links agree in both directions. */
  audit(): void {
    let count = 0;
    let prev = 0;
    for (let slot = this.front; slot !== 0; slot = this.records.get(slot, NEXT)) {
      if (this.records.get(slot, PREV) !== prev) throw new Error('list: the links of an entry disagree');
      if (++count > this.size) throw new Error('list: longer than its size');
      prev = slot;
    }
    if (count !== this.size || this.back !== prev) throw new Error('list: size or back is wrong');
  }
}
