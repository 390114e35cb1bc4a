/**
 * Records of whole words outside the JavaScript heap. A record is `words` 32-bit words in a page that never moves, named by
 * its slot: a number from 1 (0 means none). Growth adds a page, so it never copies and never stalls. Freed records are
 * reused last in, first out; while free, word 0 links them.
 */
const SLOTS_PER_PAGE_BITS = 14;
export const SLOT_SHIFT = SLOTS_PER_PAGE_BITS;
export const SLOT_MASK = (1 << SLOTS_PER_PAGE_BITS) - 1;

export class Slab {
  /** Page of a slot: `pages[slot >>> SLOT_SHIFT]`; first word: `(slot & SLOT_MASK) * words`. */
  readonly pages: Int32Array[] = [];
  /** The same memory as 64-bit floats; index is the word's index halved (words must be even then). */
  readonly floats: Float64Array[] = [];
  /** Records in use. */
  used = 0;
  /** Slots ever handed out; every live slot is from 1 to `top`. */
  top = 0;
  private firstFree = 0;

  constructor(readonly words: number) {
    if (words % 2 !== 0) throw new RangeError('a record is an even number of words');
  }

  /** A zeroed record's slot. */
  allocate(): number {
    this.used++;
    const slot = this.firstFree;
    if (slot === 0) return this.extend();
    const page = this.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * this.words;
    this.firstFree = page[at]!;
    page.fill(0, at, at + this.words);
    return slot;
  }

  free(slot: number): void {
    this.used--;
    const page = this.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * this.words;
    page.fill(0, at, at + this.words);
    page[at] = this.firstFree;
    this.firstFree = slot;
  }

  get(slot: number, word: number): number {
    return this.pages[slot >>> SLOT_SHIFT]![(slot & SLOT_MASK) * this.words + word]!;
  }

  set(slot: number, word: number, value: number): void {
    this.pages[slot >>> SLOT_SHIFT]![(slot & SLOT_MASK) * this.words + word] = value;
  }

  /** `word` must be even; it and the next one are one float. */
  getFloat(slot: number, word: number): number {
    return this.floats[slot >>> SLOT_SHIFT]![((slot & SLOT_MASK) * this.words + word) >>> 1]!;
  }

  setFloat(slot: number, word: number, value: number): void {
    this.floats[slot >>> SLOT_SHIFT]![((slot & SLOT_MASK) * this.words + word) >>> 1] = value;
  }

  /** Bytes of pages reserved; the operating system backs only those touched. */
  get bytesReserved(): number {
    return this.pages.length * (SLOT_MASK + 1) * this.words * 4;
  }

  /** Bytes of the records in use. */
  get bytesUsed(): number {
    return this.used * this.words * 4;
  }

  private extend(): number {
    const slot = ++this.top;
    if (slot >>> SLOT_SHIFT >= this.pages.length) {
      const memory = new ArrayBuffer((SLOT_MASK + 1) * this.words * 4);
      this.pages.push(new Int32Array(memory));
      this.floats.push(new Float64Array(memory));
    }
    return slot;
  }
}
