import { SLOT_MASK, SLOT_SHIFT, SLOTS_PER_PAGE, type Slab } from '../../base/offheap/slab';
import { DATABASES, DB_MASK, DB_SHIFT, ENTRY_WORDS, META, REF } from './record';
import type { Tally } from './tally';

/** Slots passed over for each entry of the budget, so that a sparse stretch does not make a call long. */
const SLOTS_PER_VISIT = 32;
const ANY = -1;

export type EachSlot = (slot: number) => void;

/**
 * See MemoryLayer.scan: slots never move, so walking them in order misses and repeats nothing that stays. From the top down,
 * since new slots are added at the top: a walk ends however many entries come meanwhile.
 */
export function scanSlots(
  records: Slab,
  tally: Tally,
  cursor: number,
  budget: number,
  each: EachSlot,
  db: number,
): number {
  let visits = Math.max(1, budget);
  let steps = visits * SLOTS_PER_VISIT;
  for (let slot = cursor > 0 ? Math.min(cursor - 1, records.top) : records.top; slot > 0; slot--) {
    steps--;
    if (!hasAny(tally, slot >>> SLOT_SHIFT, db)) slot &= ~SLOT_MASK;
    else if (isOf(records, slot, db)) {
      each(slot);
      visits--;
    }
    if (visits <= 0 || steps <= 0) return slot > 1 ? slot : 0;
  }
  return 0;
}

/** See MemoryLayer.randomSlot: a page by the number of its entries, then the next entry from any place in it. */
export function randomSlot(records: Slab, tally: Tally, db: number, random: () => number): number {
  let rank = Math.floor(random() * tally.count(db));
  for (let page = 0; page < records.pages.length; page++) {
    rank -= tally.inPage(page, db);
    if (rank >= 0) continue;
    const from = Math.floor(random() * SLOTS_PER_PAGE);
    for (let step = 0; step < SLOTS_PER_PAGE; step++) {
      const slot = (page << SLOT_SHIFT) | ((from + step) & SLOT_MASK);
      if (isOf(records, slot, db)) return slot;
    }
  }
  return 0;
}

function hasAny(tally: Tally, page: number, db: number): boolean {
  if (db !== ANY) return tally.inPage(page, db) > 0;
  for (let each = 0; each < DATABASES; each++) if (tally.inPage(page, each) > 0) return true;
  return false;
}

function isOf(records: Slab, slot: number, db: number): boolean {
  const page = records.pages[slot >>> SLOT_SHIFT]!;
  const at = (slot & SLOT_MASK) * ENTRY_WORDS;
  if (page.length === 0 || page[at + REF] === 0) return false;
  return db === ANY || ((page[at + META]! >>> DB_SHIFT) & DB_MASK) === db;
}
