/**
 * Records of whole words outside the JavaScript heap. A record is `words` 32-bit words in a page that never moves, named by
 * its slot: a number from 1 (0 means none). Growth adds a page, so it never copies and never stalls. A freed record is
 * reused before the slab grows, lowest page first, so that after a shrink the upper pages run empty and are given back;
 * while free, its word 0 links it and all others are 0.
 */
const SLOTS_PER_PAGE_BITS = 14;
export const SLOT_SHIFT = SLOTS_PER_PAGE_BITS;
export const SLOTS_PER_PAGE = 1 << SLOTS_PER_PAGE_BITS;
export const SLOT_MASK = SLOTS_PER_PAGE - 1;

/** An empty page is given back only while this many other slots are free, so that a page is not made and dropped in turn. */
const FREE_SLOTS_KEPT = 2 * SLOTS_PER_PAGE;
const NO_WORDS = new Int32Array(0);
const NO_FLOATS = new Float64Array(0);

export class Slab {
  /** Page of a slot: `pages[slot >>> SLOT_SHIFT]`; first word: `(slot & SLOT_MASK) * words`. Empty if given back. */
  readonly pages: Int32Array[] = [];
  /** The same memory as 64-bit floats; index is the word's index halved (words must be even then). */
  readonly floats: Float64Array[] = [];
  /** Records in use. */
  used = 0;
  /** Every live slot is from 1 to `top`. */
  top = 0;
  /** Slots whose memory was touched and not given back, used and free. */
  private held = 0;
  /** Pages below this one are full. */
  private open = 0;
  private readonly firstFree: number[] = [];
  /** Records in use a page; slot 0 counts as one. */
  private readonly usedIn: number[] = [];
  private readonly touchedIn: number[] = [];

  constructor(readonly words: number) {
    if (words % 2 !== 0) throw new RangeError('a record is an even number of words');
  }

  /** A zeroed record's slot. */
  allocate(): number {
    const { usedIn } = this;
    let index = this.open;
    while (index < usedIn.length && usedIn[index] === SLOTS_PER_PAGE) index++;
    this.open = index;
    const slot = index < usedIn.length ? this.firstFree[index]! : 0;
    if (slot === 0) return this.extend(index);
    this.used++;
    usedIn[index]!++;
    const page = this.pages[index]!;
    const at = (slot & SLOT_MASK) * this.words;
    this.firstFree[index] = page[at]!;
    page[at] = 0;
    return slot;
  }

  free(slot: number): void {
    const index = slot >>> SLOT_SHIFT;
    const page = this.pages[index]!;
    const at = (slot & SLOT_MASK) * this.words;
    for (let i = at, end = at + this.words; i < end; i++) page[i] = 0;
    page[at] = this.firstFree[index]!;
    this.firstFree[index] = slot;
    this.used--;
    if (index < this.open) this.open = index;
    if (--this.usedIn[index]! === 0 && this.held - this.used > FREE_SLOTS_KEPT) this.giveBack(index);
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
    let pages = 0;
    for (const page of this.pages) if (page.length > 0) pages++;
    return pages * SLOTS_PER_PAGE * this.words * 4;
  }

  /** Bytes of the records in use. */
  get bytesUsed(): number {
    return this.used * this.words * 4;
  }

  /** Bytes touched and not given back: what the process holds for this slab. */
  get bytesHeld(): number {
    return this.held * this.words * 4;
  }

  /** Slots on the free lists of the pages held, walked one by one. For audits. */
  countFree(): number {
    let free = 0;
    for (let index = 0; index < this.firstFree.length; index++) {
      for (let slot = this.firstFree[index]!; slot !== 0 && free <= this.held; slot = this.get(slot, 0)) free++;
    }
    return free;
  }

  /** The next slot of a page never used, or of a new page. */
  private extend(index: number): number {
    if (index === this.usedIn.length) {
      const reserved = index === 0 ? 1 : 0; // slot 0 means none
      this.usedIn.push(reserved);
      this.touchedIn.push(reserved);
      this.firstFree.push(0);
      this.pages.push(NO_WORDS);
      this.floats.push(NO_FLOATS);
    }
    if (this.pages[index]!.length === 0) {
      const memory = new ArrayBuffer(SLOTS_PER_PAGE * this.words * 4);
      this.pages[index] = new Int32Array(memory);
      this.floats[index] = new Float64Array(memory);
    }
    const slot = (index << SLOT_SHIFT) | this.touchedIn[index]!++;
    this.usedIn[index]!++;
    this.used++;
    this.held++;
    if (slot > this.top) this.top = slot;
    return slot;
  }

  private giveBack(index: number): void {
    this.held -= this.touchedIn[index]!;
    this.touchedIn[index] = 0;
    this.firstFree[index] = 0;
    this.pages[index] = NO_WORDS;
    this.floats[index] = NO_FLOATS;
  }
}
