import { withView } from '../copy';
import { BLOCK_BYTES_MAX, BLOCKS_PER_PAGE, CLASS_COUNT, CLASS_UNITS, classOfUnits, unitsFor } from './size-classes';

/**
 * Blocks of bytes in pages of 1 MiB. A page serves one size class; a page whose blocks are all free goes to a pool that any
 * class takes from. A block is named by a reference: page number and first 8-byte unit in 32 bits, never 0. Its first word
 * is its owner, a number that is not 0 (0 marks a free block, whose second word links the page's free blocks); the
 * owner's bytes begin after it, at HEADER_BYTES.
 *
 * When sizes shift, pages of the old classes are left sparse. Compaction moves the blocks of the sparsest page of a class to
 * its other pages, a few at a time, until what is wasted is small again.
 */
export const HEADER_BYTES = 4;
export const UNIT_BITS = 17;
export const UNIT_MASK = (1 << UNIT_BITS) - 1;
const PAGE_BYTES = 1 << 20;
const UNIT_BYTES = 8;
/** Page numbers are 15 bits: 32 GiB. */
const PAGES_MAX = 1 << 15;
/** Room left unused below PAGES_MAX when `full` says so. */
const PAGES_SPARE = 64;
/** Empty pages kept for reuse; beyond one in this many in use (and a few) they are dropped. */
const POOL_SHARE = 16;
const POOL_PAGES_MIN = 8;
/** Compaction starts when touched but unused bytes exceed one part in this many of what is used (and the minimum). */
const WASTE_SHARE = 8;
const WASTE_BYTES_MIN = 2 << 20;
/** Copying so many bytes costs about as much as looking at one block: the unit of compaction's budget. */
const STEP_UNITS_BITS = 3;
/** A page fuller than this is not worth moving. */
const SPARSE_FILL_MAX = 0.9;

const NO_BUFFER = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/** Tells the owner of a moved block its new reference. */
export type Moved = (owner: number, ref: number) => void;

export class Arena {
  /** Bytes of a block: `buffers[ref >>> UNIT_BITS]` from `((ref & UNIT_MASK) << 3) + HEADER_BYTES`. */
  readonly buffers: Buffer[] = [NO_BUFFER];
  /** The same pages as words; a block's first is `(ref & UNIT_MASK) << 1`. */
  readonly words: Int32Array[] = [NO_WORDS];
  /** Bytes of allocated blocks, headers and rounding included. */
  usedBytes = 0;
  /** Bytes that were ever touched in pages held, the pool's included: what the process holds for this arena. */
  touchedBytes = 0;
  /** Set when too much is wasted; `compact` has work then. */
  compacting = false;
  private wasteFloorBytes = 0;
  /** What was wasted when no page was worth emptying; not tried again until it is a page more. */
  private hopelessBytes = 0;
  private poolTouchedBytes = 0;

  private readonly pool: number[] = [];
  private readonly droppedPages: number[] = [];
  private pagesInUse = 0;
  /** Of a page: its class plus 1, or 0 if it is not in use. */
  private readonly classOf = new Uint8Array(PAGES_MAX);
  private readonly usedBlocks = new Int32Array(PAGES_MAX);
  /** First free block's unit plus 1. */
  private readonly firstFree = new Int32Array(PAGES_MAX);
  /** Units handed out at least once since the page serves its class. */
  private readonly bump = new Int32Array(PAGES_MAX);
  private readonly touchedUnits = new Int32Array(PAGES_MAX);
  /** Pages of a class that have room, doubly linked. */
  private readonly open = new Int32Array(CLASS_COUNT);
  private readonly openPrev = new Int32Array(PAGES_MAX);
  private readonly openNext = new Int32Array(PAGES_MAX);
  /** Free blocks in all pages of a class. */
  private readonly room = new Int32Array(CLASS_COUNT);
  /** Page being emptied (it is not open), and the unit to look at next. */
  private emptying = 0;
  private emptyingUnit = 0;

  /** A block for `bytes` (header not counted) that belongs to `owner`. RangeError beyond BLOCK_BYTES_MAX or 32 GiB. */
  allocate(bytes: number, owner: number): number {
    if (bytes + HEADER_BYTES > BLOCK_BYTES_MAX) throw new RangeError('too large for the arena');
    const cls = classOfUnits(unitsFor(bytes + HEADER_BYTES));
    const page = this.open[cls]! || this.takePage(cls);
    const words = this.words[page]!;
    let unit = this.firstFree[page]! - 1;
    if (unit >= 0) this.firstFree[page] = words[(unit << 1) + 1]!;
    else unit = this.extend(page, CLASS_UNITS[cls]!);
    words[unit << 1] = owner;
    this.room[cls]!--;
    if (++this.usedBlocks[page]! === BLOCKS_PER_PAGE[cls]) this.close(page, cls);
    this.usedBytes += CLASS_UNITS[cls]! * UNIT_BYTES;
    return (page << UNIT_BITS) | unit;
  }

  free(ref: number): void {
    const page = ref >>> UNIT_BITS;
    const unit = ref & UNIT_MASK;
    const cls = this.classOf[page]! - 1;
    const words = this.words[page]!;
    words[unit << 1] = 0;
    words[(unit << 1) + 1] = this.firstFree[page]!;
    this.firstFree[page] = unit + 1;
    this.room[cls]!++;
    this.usedBytes -= CLASS_UNITS[cls]! * UNIT_BYTES;
    const used = this.usedBlocks[page]!--;
    if (used === BLOCKS_PER_PAGE[cls] && page !== this.emptying) this.reopen(page, cls);
    if (used === 1) this.release(page, cls);
  }

  /** Whether `bytes` would get a block of the same size as this one is. */
  fits(ref: number, bytes: number): boolean {
    return (
      bytes + HEADER_BYTES <= BLOCK_BYTES_MAX &&
      classOfUnits(unitsFor(bytes + HEADER_BYTES)) === this.classOf[ref >>> UNIT_BITS]! - 1
    );
  }

  /** Bytes of the block, header and rounding included. */
  bytesOf(ref: number): number {
    return CLASS_UNITS[this.classOf[ref >>> UNIT_BITS]! - 1]! * UNIT_BYTES;
  }

  ownerOf(ref: number): number {
    return this.words[ref >>> UNIT_BITS]![(ref & UNIT_MASK) << 1]!;
  }

  /** Nearly no page numbers left. */
  get full(): boolean {
    return this.pagesInUse + PAGES_SPARE > PAGES_MAX;
  }

  /** Bytes touched in pages in use that no block uses. */
  get wastedBytes(): number {
    return this.touchedBytes - this.poolTouchedBytes - this.usedBytes;
  }

  /** Makes `compact` work on until little can be gained, however little is wasted. */
  startCompaction(): void {
    this.compacting = true;
    this.wasteFloorBytes = 0;
  }

  /** Whether so much is wasted that compaction should run; it begins by itself when `compact` is called then. */
  get isWasteful(): boolean {
    return this.wastedBytes > this.wasteLimitBytes && this.wastedBytes >= this.hopelessBytes;
  }

  /**
   * Works through pages being emptied, if there is anything to gain. A budget of 1 looks at a block or copies 64 bytes of a
   * block to be moved.
   */
  compact(budget: number, moved: Moved): void {
    if (!this.compacting && this.isWasteful) {
      this.compacting = true;
      this.wasteFloorBytes = this.wasteLimitBytes / 2;
    }
    while (this.compacting && budget > 0) {
      if (this.emptying !== 0 || this.chooseSparsest()) budget = this.emptySome(budget, moved);
      else {
        this.compacting = false;
        this.hopelessBytes = this.wastedBytes + PAGE_BYTES;
      }
    }
  }

  /** Drops the pool; the operating system has the memory back when the Buffers are collected. */
  trim(): void {
    while (this.pool.length > 0) this.drop(this.pool.pop()!);
  }

  /** Calls `each` for every allocated block and throws what is wrong with pages and lists as an Error. */
  audit(each: (owner: number, ref: number) => void): void {
    let usedBytes = 0;
    let touchedBytes = 0;
    for (let page = 1; page < this.buffers.length; page++) {
      touchedBytes += this.touchedUnits[page]! * UNIT_BYTES;
      const cls = this.classOf[page]! - 1;
      if (cls < 0) continue;
      const units = CLASS_UNITS[cls]!;
      const words = this.words[page]!;
      let used = 0;
      let free = 0;
      for (let unit = 0; unit < this.bump[page]!; unit += units) {
        const owner = words[unit << 1]!;
        if (owner === 0) continue;
        used++;
        each(owner, (page << UNIT_BITS) | unit);
      }
      for (let at = this.firstFree[page]!; at !== 0; at = words[((at - 1) << 1) + 1]!) {
        if (words[(at - 1) << 1] !== 0) throw new Error(`arena: page ${page} lists a used block as free`);
        if (++free > UNIT_MASK) throw new Error(`arena: page ${page} has a cycle of free blocks`);
      }
      if (used !== this.usedBlocks[page]) throw new Error(`arena: page ${page} counts its blocks wrong`);
      if ((used + free) * units !== this.bump[page]) throw new Error(`arena: page ${page} lost a free block`);
      usedBytes += used * units * UNIT_BYTES;
    }
    if (usedBytes !== this.usedBytes) throw new Error('arena: used bytes are counted wrong');
    if (touchedBytes !== this.touchedBytes) throw new Error('arena: touched bytes are counted wrong');
    for (let cls = 0; cls < CLASS_COUNT; cls++) this.auditClass(cls);
  }

  private auditClass(cls: number): void {
    let room = 0;
    let open = 0;
    for (let page = 1; page < this.buffers.length; page++) {
      if (this.classOf[page] !== cls + 1) continue;
      room += BLOCKS_PER_PAGE[cls]! - this.usedBlocks[page]!;
      if (this.usedBlocks[page]! < BLOCKS_PER_PAGE[cls]! && page !== this.emptying) open++;
    }
    for (let page = this.open[cls]!, prev = 0; page !== 0; prev = page, page = this.openNext[page]!) {
      if (this.openPrev[page] !== prev || this.classOf[page] !== cls + 1)
        throw new Error('arena: broken list of pages');
      open--;
    }
    if (open !== 0) throw new Error('arena: a page with room is not listed');
    if (room !== this.room[cls]) throw new Error('arena: room is counted wrong');
  }

  private extend(page: number, units: number): number {
    const unit = this.bump[page]!;
    const end = unit + units;
    this.bump[page] = end;
    const touched = this.touchedUnits[page]!;
    if (end > touched) {
      this.touchedUnits[page] = end;
      this.touchedBytes += (end - touched) * UNIT_BYTES;
    }
    return unit;
  }

  private takePage(cls: number): number {
    let page = this.pool.pop() ?? 0;
    if (page !== 0) this.poolTouchedBytes -= this.touchedUnits[page]! * UNIT_BYTES;
    else page = this.newPage();
    this.pagesInUse++;
    this.classOf[page] = cls + 1;
    this.room[cls]! += BLOCKS_PER_PAGE[cls]!;
    this.reopen(page, cls);
    this.hopelessBytes = 0;
    return page;
  }

  private newPage(): number {
    const page = this.droppedPages.pop() ?? this.buffers.length;
    if (page >= PAGES_MAX) throw new RangeError('the arena is full');
    const buffer = withView(Buffer.allocUnsafeSlow(PAGE_BYTES));
    this.buffers[page] = buffer;
    this.words[page] = new Int32Array(buffer.buffer);
    return page;
  }

  private release(page: number, cls: number): void {
    if (page === this.emptying) this.emptying = 0;
    else this.close(page, cls);
    this.room[cls]! -= BLOCKS_PER_PAGE[cls]!;
    this.classOf[page] = 0;
    this.firstFree[page] = 0;
    this.bump[page] = 0;
    this.pagesInUse--;
    this.pool.push(page);
    this.poolTouchedBytes += this.touchedUnits[page]! * UNIT_BYTES;
    if (this.pool.length > POOL_PAGES_MIN + this.pagesInUse / POOL_SHARE) this.drop(this.pool.pop()!);
  }

  private drop(page: number): void {
    const bytes = this.touchedUnits[page]! * UNIT_BYTES;
    this.touchedBytes -= bytes;
    this.poolTouchedBytes -= bytes;
    this.touchedUnits[page] = 0;
    this.buffers[page] = NO_BUFFER;
    this.words[page] = NO_WORDS;
    this.droppedPages.push(page);
  }

  /** Puts a page that has room at the front of its class's list. */
  private reopen(page: number, cls: number): void {
    const next = this.open[cls]!;
    this.openPrev[page] = 0;
    this.openNext[page] = next;
    if (next !== 0) this.openPrev[next] = page;
    this.open[cls] = page;
  }

  private close(page: number, cls: number): void {
    const prev = this.openPrev[page]!;
    const next = this.openNext[page]!;
    if (prev === 0) this.open[cls] = next;
    else this.openNext[prev] = next;
    if (next !== 0) this.openPrev[next] = prev;
  }

  private get wasteLimitBytes(): number {
    return Math.max(WASTE_BYTES_MIN, this.usedBytes / WASTE_SHARE);
  }

  /** Takes the page with the smallest filled part whose blocks have room elsewhere out of its list. */
  private chooseSparsest(): boolean {
    if (this.wastedBytes <= this.wasteFloorBytes) return false;
    let best = 0;
    let bestFill = SPARSE_FILL_MAX;
    for (let page = 1; page < this.buffers.length; page++) {
      const cls = this.classOf[page]! - 1;
      if (cls < 0) continue;
      const used = this.usedBlocks[page]!;
      const fill = used / BLOCKS_PER_PAGE[cls]!;
      if (fill < bestFill && this.room[cls]! >= BLOCKS_PER_PAGE[cls]!) {
        best = page;
        bestFill = fill;
      }
    }
    if (best === 0) return false;
    this.close(best, this.classOf[best]! - 1);
    this.emptying = best;
    this.emptyingUnit = 0;
    return true;
  }

  /** Returns what is left of the budget. */
  private emptySome(budget: number, moved: Moved): number {
    const page = this.emptying;
    const cls = this.classOf[page]! - 1;
    const units = CLASS_UNITS[cls]!;
    const words = this.words[page]!;
    while (budget > 0 && this.emptying === page) {
      if (this.open[cls] === 0) {
        this.emptying = 0; // others took the room: moving would cost a new page
        this.reopen(page, cls);
        break;
      }
      const unit = this.emptyingUnit;
      this.emptyingUnit = unit + units;
      const owner = words[unit << 1]!;
      budget--;
      if (owner === 0) continue;
      budget -= units >>> STEP_UNITS_BITS;
      this.move((page << UNIT_BITS) | unit, units, owner, moved);
    }
    return budget;
  }

  private move(from: number, units: number, owner: number, moved: Moved): void {
    const to = this.allocate(units * UNIT_BYTES - HEADER_BYTES, owner);
    const start = (from & UNIT_MASK) << 1;
    const source = this.words[from >>> UNIT_BITS]!.subarray(start, start + (units << 1));
    this.words[to >>> UNIT_BITS]!.set(source, (to & UNIT_MASK) << 1);
    moved(owner, to);
    this.free(from);
  }
}
