import { SLOT_MASK, SLOT_SHIFT, type Slab } from './slab';

/**
 * Linear hashing over slab records: buckets are split one at a time, as records come, so the table never rehashes and
 * never stalls. A bucket is the slot of its first record; records of one bucket are chained through their own word CHAIN
 * and carry their hash in word HASH. Comparing keys is the caller's, who walks `first` and CHAIN:
 *
 *     for (let s = index.first(hash); s !== 0; s = slab.get(s, CHAIN)) if (slab.get(s, HASH) === hash && same(s)) return s;
 */
export const HASH = 0;
export const CHAIN = 1;

const PAGE_BITS = 14;
const PAGE_MASK = (1 << PAGE_BITS) - 1;

export class HashIndex {
  size = 0;
  private readonly pages: Int32Array[] = [new Int32Array(PAGE_MASK + 1)];
  /** Buckets of this round: a power of two; those below `split` are already two. */
  private round = 1024;
  private split = 0;

  constructor(private readonly slab: Slab) {}

  private bucketOf(hash: number): number {
    const bucket = hash & (this.round - 1);
    return bucket < this.split ? hash & (this.round * 2 - 1) : bucket;
  }

  /** First record of the hash's bucket, or 0. */
  first(hash: number): number {
    const bucket = this.bucketOf(hash);
    return this.pages[bucket >>> PAGE_BITS]![bucket & PAGE_MASK]!;
  }

  /** Adds a record whose word HASH holds `hash`. The caller knows that its key is not there. */
  insert(hash: number, slot: number): void {
    const bucket = this.bucketOf(hash);
    const page = this.pages[bucket >>> PAGE_BITS]!;
    this.slab.set(slot, CHAIN, page[bucket & PAGE_MASK]!);
    page[bucket & PAGE_MASK] = slot;
    if (++this.size > this.round + this.split) this.splitOne();
  }

  /** Takes out a record that is in. */
  remove(hash: number, slot: number): void {
    const { slab } = this;
    const bucket = this.bucketOf(hash);
    const page = this.pages[bucket >>> PAGE_BITS]!;
    const next = slab.get(slot, CHAIN);
    let at = page[bucket & PAGE_MASK]!;
    if (at === slot) page[bucket & PAGE_MASK] = next;
    else {
      for (let after = slab.get(at, CHAIN); after !== slot; after = slab.get(at, CHAIN)) at = after;
      slab.set(at, CHAIN, next);
    }
    this.size--;
  }

  get bytesReserved(): number {
    return this.pages.length * (PAGE_MASK + 1) * 4;
  }

  /** Every record in, with whether its bucket is the one its hash says. For audits. */
  each(visit: (slot: number, inPlace: boolean) => void): void {
    for (let bucket = 0; bucket < this.round + this.split; bucket++) {
      let slot = this.pages[bucket >>> PAGE_BITS]![bucket & PAGE_MASK]!;
      for (; slot !== 0; slot = this.slab.get(slot, CHAIN)) {
        visit(slot, this.bucketOf(this.slab.get(slot, HASH)) === bucket);
      }
    }
  }

  private splitOne(): void {
    const { slab, round } = this;
    const low = this.split;
    const high = low + round;
    if (high >>> PAGE_BITS >= this.pages.length) this.pages.push(new Int32Array(PAGE_MASK + 1));
    let slot = this.pages[low >>> PAGE_BITS]![low & PAGE_MASK]!;
    let lows = 0;
    let highs = 0;
    while (slot !== 0) {
      const page = slab.pages[slot >>> SLOT_SHIFT]!;
      const at = (slot & SLOT_MASK) * slab.words;
      const next = page[at + CHAIN]!;
      if ((page[at + HASH]! & round) === 0) {
        page[at + CHAIN] = lows;
        lows = slot;
      } else {
        page[at + CHAIN] = highs;
        highs = slot;
      }
      slot = next;
    }
    this.pages[low >>> PAGE_BITS]![low & PAGE_MASK] = lows;
    this.pages[high >>> PAGE_BITS]![high & PAGE_MASK] = highs;
    if (++this.split === round) {
      this.round = round * 2;
      this.split = 0;
    }
  }
}
