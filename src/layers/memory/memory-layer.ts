import type { Bytes, Span } from '../../base/bytes';
import { copyBytes } from '../../base/copy';
import { invariant } from '../../base/fault';
import { HashIndex } from '../../base/offheap/hash-index';
import { SLOT_MASK, SLOT_SHIFT, Slab } from '../../base/offheap/slab';
import type { Clock } from '../../base/world';
import { NEVER } from '../layer';
import { auditMemory } from './audit';
import { Blocks } from './blocks';
import { Eviction } from './eviction';
import { KeyHash } from './key-hash';
import type { PolicyName } from './policies';
import {
  CHAIN,
  DB_MASK,
  DB_SHIFT,
  ENTRY_WORDS,
  EXPIRES,
  HASH,
  HEAT,
  HITS_BITS,
  HITS_MAX,
  IDENTITY_MASK,
  IDLE_SECONDS_MASK,
  KEY_BYTES_MAX,
  KEY_LENGTH_MASK,
  LARGE,
  META,
  REF,
  RESIDENT,
  TIE,
  TIMER,
  TYPE_MASK,
  TYPE_SHIFT,
  VALUE_BYTES_MAX,
  VLEN,
} from './record';
import { Tally } from './tally';
import { TimerWheel } from './timer-wheel';
import { type EachSlot, randomSlot, scanSlots } from './walk';

/** Blocks looked at for compaction by a write, while there is something to compact. */
const COMPACT_BLOCKS_PER_WRITE = 8;
/** Of memory held by free records, at most this part of maxmemory counts as used (they are reused, not given back). */
const FREE_RECORDS_SHARE = 4;
const INDEX_BYTES_PER_ENTRY = 4;
const TIMER_BYTES = 16;
/** Entries expired or moved between two looks at the clock. */
const EXPIRE_BUDGET = 256;

export type LeaveReason = 'expired' | 'evicted';

export interface MemoryLayerOptions {
  /** What `isOver` compares with; 0 for no limit. */
  maxMemoryBytes: number;
  policy: PolicyName;
  /** Secret, 32 bits: keys cannot be aimed at a bucket without it. */
  seed: number;
  /** Uniform in [0, 1). */
  random: () => number;
  clock: Clock;
  /** Called just before an entry leaves by itself; it is still whole then, and must not be removed or written. */
  onLeave?: (slot: number, reason: LeaveReason) => void;
}

/**
 * Entries in memory, without an object or a string per entry (record.ts has the layout). An entry is a slot, a number that
 * stays its own until it is removed. It is either resident (key and value in memory) or a stub: the key and all that is
 * known of it, while the value rests elsewhere.
 *
 * Expiry is only bookkeeping here: an expired entry is found until `expireDue` took it; `isLive` asks the clock. Views
 * (`view`, `keyView`) are good until the next call that changes anything. A value to store may be a view of this layer.
 */
export class MemoryLayer {
  readonly records = new Slab(ENTRY_WORDS);
  readonly index = new HashIndex(this.records);
  readonly blocks = new Blocks();
  readonly tally: Tally;
  readonly wheel: TimerWheel;
  readonly eviction: Eviction;
  private readonly hasher: KeyHash;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly onLeave: (slot: number, reason: LeaveReason) => void;
  private maxMemory: number;
  /** Hash of the key last looked for; its words are in the hasher. */
  private lastHash = 0;
  /** Seconds of `secondsAtMs`, so that touching does not divide. */
  private seconds = 0;
  private secondsAtMs = -1;

  constructor(options: MemoryLayerOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.onLeave = options.onLeave ?? (() => {});
    this.maxMemory = options.maxMemoryBytes;
    this.hasher = new KeyHash(options.seed | 0, Math.floor(options.random() * 2 ** 32) | 0);
    this.tally = new Tally(options.clock.now);
    this.wheel = new TimerWheel(this.records, options.clock.now, (slot) => this.leave(slot, 'expired'));
    this.eviction = new Eviction(this.records, options.policy, options.random);
  }

  // --- finding -----------------------------------------------------------------------------------------------------

  /** The entry of a key, live or not; 0 if there is none. */
  find(db: number, key: Bytes): number {
    const length = key.end - key.start;
    if (length > KEY_BYTES_MAX) return 0;
    const hash = this.hasher.hash(db, key.buf, key.start, key.end);
    this.lastHash = hash;
    const identity = length | (db << DB_SHIFT);
    const { pages } = this.records;
    let slot = this.index.first(hash);
    while (slot !== 0) {
      const page = pages[slot >>> SLOT_SHIFT]!;
      const at = (slot & SLOT_MASK) * ENTRY_WORDS;
      if (page[at + HASH] === hash) {
        const meta = page[at + META]!;
        if ((meta & IDENTITY_MASK) === identity && this.hasKey(meta, page[at + REF]!, length)) return slot;
      }
      slot = page[at + CHAIN]!;
    }
    return 0;
  }

  /** Not expired. Whether it is invalidated is for the engine to say. */
  isLive(slot: number, nowMs: number): boolean {
    return this.records.floats[slot >>> SLOT_SHIFT]![((slot & SLOT_MASK) * ENTRY_WORDS + EXPIRES) >>> 1]! > nowMs;
  }

  /** Points the span at the value; false if the entry is a stub. */
  view(slot: number, span: Span): boolean {
    const page = this.records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const meta = page[at + META]!;
    if ((meta & RESIDENT) === 0) return false;
    const ref = page[at + REF]!;
    const start = this.blocks.start(meta, ref) + (meta & KEY_LENGTH_MASK);
    span.buf = this.blocks.buffer(meta, ref);
    span.start = start;
    span.end = start + page[at + VLEN]!;
    return true;
  }

  keyView(slot: number, span: Span): Span {
    const meta = this.records.get(slot, META);
    const ref = this.records.get(slot, REF);
    const start = this.blocks.start(meta, ref);
    return span.point(this.blocks.buffer(meta, ref), start, start + (meta & KEY_LENGTH_MASK));
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  /** Stores: a new entry that never expires, or a new value of the old one, which keeps all else. */
  put(db: number, key: Bytes, value: Bytes, type: number): number {
    const slot = this.find(db, key);
    if (slot === 0) return this.create(db, key, value, type);
    this.putAt(slot, value, type);
    return slot;
  }

  /** A new value for an entry; it is resident and counts as just used. */
  putAt(slot: number, value: Bytes, type: number): void {
    const page = this.records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const meta = page[at + META]!;
    const keyLength = meta & KEY_LENGTH_MASK;
    const length = checkedLength(value);
    if (!this.blocks.fits(meta, page[at + REF]!, keyLength + length)) this.moveBlock(slot, keyLength + length, value);
    else {
      const ref = page[at + REF]!;
      copyBytes(
        value.buf,
        value.start,
        value.end,
        this.blocks.buffer(meta, ref),
        this.blocks.start(meta, ref) + keyLength,
      );
    }
    page[at + VLEN] = length;
    const kept = page[at + META]! & ~(TYPE_MASK << TYPE_SHIFT);
    page[at + META] = kept | RESIDENT | ((type & TYPE_MASK) << TYPE_SHIFT);
    page[at + HEAT] = (this.secondsOf(this.clock.now) << HITS_BITS) | (page[at + HEAT]! & HITS_MAX);
    if ((meta & RESIDENT) !== 0) this.eviction.touched(slot);
    else this.eviction.restored(slot);
    if (this.blocks.arena.compacting) this.compact(COMPACT_BLOCKS_PER_WRITE);
  }

  /** An entry whose value rests elsewhere: a new one, or the old one, whose value is dropped. */
  putStub(db: number, key: Bytes, valueLength: number, type: number): number {
    const found = this.find(db, key);
    const slot = found || this.allocateEntry(db, key, valueLength, type, 0);
    if (found !== 0) this.dropValue(slot);
    else this.eviction.addedStub(slot);
    this.records.set(slot, VLEN, valueLength);
    const meta = this.records.get(slot, META) & ~(TYPE_MASK << TYPE_SHIFT);
    this.records.set(slot, META, meta | ((type & TYPE_MASK) << TYPE_SHIFT));
    return slot;
  }

  /** Makes a stub of a resident entry; its length is still known. */
  dropValue(slot: number): void {
    const meta = this.records.get(slot, META);
    if ((meta & RESIDENT) === 0) return;
    const keyLength = meta & KEY_LENGTH_MASK;
    this.eviction.dropped(slot);
    if (!this.blocks.fits(meta, this.records.get(slot, REF), keyLength)) this.moveBlock(slot, keyLength, null);
    this.records.set(slot, META, this.records.get(slot, META) & ~RESIDENT);
  }

  /** Gives a stub its value back. */
  restoreValue(slot: number, value: Bytes): void {
    this.putAt(slot, value, this.typeOf(slot));
  }

  remove(slot: number): void {
    const { records } = this;
    const meta = records.get(slot, META);
    const db = (meta >>> DB_SHIFT) & DB_MASK;
    this.eviction.removed(slot);
    if (records.get(slot, TIMER) !== 0) {
      this.wheel.cancel(slot);
      this.tally.expiryRemoved(db, records.getFloat(slot, EXPIRES));
    }
    this.index.remove(records.get(slot, HASH), slot);
    this.blocks.free(meta, records.get(slot, REF));
    this.tally.removed(slot, db);
    records.free(slot);
  }

  /** Clock milliseconds, or NEVER. */
  setExpires(slot: number, atMs: number): void {
    const before = this.records.getFloat(slot, EXPIRES);
    if (before === atMs) return;
    const db = this.dbOf(slot);
    if (before !== NEVER) this.tally.expiryRemoved(db, before);
    this.records.setFloat(slot, EXPIRES, atMs);
    if (atMs === NEVER) this.wheel.cancel(slot);
    else {
      this.tally.expiryAdded(db, atMs);
      this.wheel.schedule(slot);
    }
    this.eviction.ttlChanged(slot);
  }

  /** Counts a use: for the eviction policy, `idleSeconds` and `hits`. */
  touch(slot: number, nowMs: number): void {
    const page = this.records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const hits = page[at + HEAT]! & HITS_MAX;
    page[at + HEAT] = (this.secondsOf(nowMs) << HITS_BITS) | (hits === HITS_MAX ? hits : hits + 1);
    if ((page[at + META]! & RESIDENT) !== 0) this.eviction.touched(slot);
  }

  // --- what is known of an entry ---------------------------------------------------------------------------------------

  expiresAt(slot: number): number {
    return this.records.getFloat(slot, EXPIRES);
  }

  dbOf(slot: number): number {
    return (this.records.get(slot, META) >>> DB_SHIFT) & DB_MASK;
  }

  typeOf(slot: number): number {
    return (this.records.get(slot, META) >>> TYPE_SHIFT) & TYPE_MASK;
  }

  /** Bytes of the value, also of a stub's. */
  valueLength(slot: number): number {
    return this.records.get(slot, VLEN);
  }

  isResident(slot: number): boolean {
    return this.flag(slot, RESIDENT);
  }

  /** ON_DISK, DIRTY, BOUND or MARK (record.ts). */
  flag(slot: number, flag: number): boolean {
    return (this.records.get(slot, META) & flag) !== 0;
  }

  /** Only ON_DISK, DIRTY, BOUND or MARK: the others say how things are. */
  setFlag(slot: number, flag: number, on: boolean): void {
    const meta = this.records.get(slot, META);
    this.records.set(slot, META, on ? meta | flag : meta & ~flag);
  }

  /** The engine's word: 0 until it is set, and kept until the entry is removed. */
  tie(slot: number): number {
    return this.records.get(slot, TIE);
  }

  setTie(slot: number, tie: number): void {
    this.records.set(slot, TIE, tie);
  }

  /** Uses counted by `touch`, up to 4095. */
  hits(slot: number): number {
    return this.records.get(slot, HEAT) & HITS_MAX;
  }

  /** Since it was stored or touched; counts up to 12 days, then anew. */
  idleSeconds(slot: number, nowMs: number): number {
    return (this.secondsOf(nowMs) - (this.records.get(slot, HEAT) >>> HITS_BITS)) & IDLE_SECONDS_MASK;
  }

  /** Everything the entry costs. */
  bytesOf(slot: number): number {
    const block = this.blocks.bytesOf(this.records.get(slot, META), this.records.get(slot, REF));
    const timer = this.records.get(slot, TIMER) === 0 ? 0 : TIMER_BYTES;
    return block + ENTRY_WORDS * 4 + INDEX_BYTES_PER_ENTRY + timer;
  }

  // --- all entries ---------------------------------------------------------------------------------------------------

  /** Entries of a database, stubs and those expired but not yet taken included. */
  count(db: number): number {
    return this.tally.count(db);
  }

  countExpiring(db: number): number {
    return this.tally.countExpiring(db);
  }

  /** Mean over the entries that expire. */
  averageTtlMs(db: number, nowMs: number): number {
    return this.tally.averageTtlMs(db, nowMs);
  }

  /**
   * Visits about `budget` entries (of one database, or with -1 of all) from a cursor, 0 at first; returns the next, 0 at the
   * end. An entry there from the first call to the last is visited exactly once. `each` may change anything.
   */
  scan(cursor: number, budget: number, each: EachSlot, db = -1): number {
    return scanSlots(this.records, this.tally, cursor, budget, each, db);
  }

  /** Any entry of the database, each with about the same chance; 0 if it has none. */
  randomSlot(db: number): number {
    return randomSlot(this.records, this.tally, db, this.random);
  }

  // --- time and room ---------------------------------------------------------------------------------------------------

  /**
   * Takes entries away that expired, looking at no more than `budget`. True if it has caught up: no entry with
   * `expiresAt <= nowMs` is left, so counts are exact.
   */
  expireDue(nowMs: number, budget: number): boolean {
    return this.wheel.advance(nowMs, budget);
  }

  /** The same for about `sliceMs` milliseconds. */
  expireFor(nowMs: number, sliceMs: number): boolean {
    const until = this.clock.fineMs() + sliceMs;
    while (!this.wheel.advance(nowMs, EXPIRE_BUDGET)) if (this.clock.fineMs() >= until) return false;
    return true;
  }

  /** No entry expires before this moment; NEVER if none will. */
  nextExpiryMs(): number {
    return this.wheel.nextDueMs();
  }

  /** What counts against maxmemory. */
  get usedBytes(): number {
    return (
      this.blocks.usedBytes +
      this.recordBytes() +
      this.index.bytesReserved +
      this.wheel.bytesUsed +
      this.eviction.bytesUsed
    );
  }

  /** Whether something must leave before more is stored. */
  isOver(): boolean {
    return (this.maxMemory > 0 && this.usedBytes > this.maxMemory) || this.blocks.arena.full;
  }

  get maxMemoryBytes(): number {
    return this.maxMemory;
  }

  setMaxMemory(bytes: number): void {
    this.maxMemory = bytes;
  }

  /** The policy in force, or the one that takes over as soon as the last change is done. */
  get policy(): string {
    return this.eviction.policyName;
  }

  /** The new policy hears of the entries in slices (`adopt`); those it has not heard of cannot be evicted yet. */
  setPolicy(name: PolicyName): void {
    this.eviction.change(name);
  }

  /** Tells a new policy of up to `budget` slots; true when it knows them all. */
  adopt(budget: number): boolean {
    return this.eviction.adopt(budget);
  }

  /** The resident entry to go next, 0 if there is none. */
  victim(): number {
    return this.eviction.victim();
  }

  /** The oldest stub, 0 if there is none. */
  stubVictim(): number {
    return this.eviction.stubVictim();
  }

  /** Evicts the policy's victim, if it has one. */
  evictOne(): boolean {
    const slot = this.eviction.victim();
    if (slot !== 0) this.leave(slot, 'evicted');
    return slot !== 0;
  }

  /** Works on compaction, if there is any to do, for up to `budget` blocks. Views end. True when nothing is left to do. */
  compact(budget: number): boolean {
    this.blocks.arena.compact(budget, this.blockMoved);
    return !this.blocks.arena.compacting;
  }

  /** Gives back memory kept for reuse, and begins a compaction however little it may gain. */
  purge(): void {
    this.blocks.arena.trim();
    this.blocks.larges.trim();
    this.blocks.arena.startCompaction();
  }

  /** Throws BrokenInvariant if its insides disagree; looks at everything, so it is for tests. */
  audit(): void {
    auditMemory(this);
  }

  // --- within ------------------------------------------------------------------------------------------------------------

  private readonly blockMoved = (slot: number, ref: number): void => this.records.set(slot, REF, ref);

  private leave(slot: number, reason: LeaveReason): void {
    this.onLeave(slot, reason);
    this.remove(slot);
  }

  /** Compares with the key last hashed. */
  private hasKey(meta: number, ref: number, length: number): boolean {
    const words = this.blocks.words(meta, ref);
    const at = this.blocks.start(meta, ref) >>> 2;
    const wanted = this.hasher.words;
    const whole = length >>> 2;
    for (let i = 0; i < whole; i++) if (words[at + i] !== wanted[i]) return false;
    const rest = length & 3;
    return rest === 0 || (words[at + whole]! ^ wanted[whole]!) << (32 - (rest << 3)) === 0;
  }

  private create(db: number, key: Bytes, value: Bytes, type: number): number {
    const length = checkedLength(value);
    const slot = this.allocateEntry(db, key, length, type, RESIDENT);
    const meta = this.records.get(slot, META);
    const ref = this.records.get(slot, REF);
    const at = this.blocks.start(meta, ref) + (meta & KEY_LENGTH_MASK);
    copyBytes(value.buf, value.start, value.end, this.blocks.buffer(meta, ref), at);
    this.eviction.added(slot);
    if (this.blocks.arena.compacting) this.compact(COMPACT_BLOCKS_PER_WRITE);
    return slot;
  }

  /** An entry for the key last looked for, which has none, with room for the value if it is to be resident. */
  private allocateEntry(db: number, key: Bytes, valueLength: number, type: number, resident: number): number {
    const keyLength = key.end - key.start;
    if (keyLength > KEY_BYTES_MAX) throw new RangeError('key too long');
    const { records, blocks, hasher } = this;
    const bytes = resident === 0 ? keyLength : keyLength + valueLength;
    const kind = blocks.kindOf(bytes);
    const slot = records.allocate();
    const ref = this.allocateBlock(slot, kind, bytes);
    const words = blocks.words(kind, ref);
    const start = blocks.start(kind, ref) >>> 2;
    for (let i = 0, count = (keyLength + 3) >>> 2; i < count; i++) words[start + i] = hasher.words[i]!;
    const page = records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    page[at + HASH] = this.lastHash;
    page[at + REF] = ref;
    page[at + META] = keyLength | (db << DB_SHIFT) | ((type & TYPE_MASK) << TYPE_SHIFT) | resident | kind;
    page[at + VLEN] = valueLength;
    page[at + HEAT] = this.secondsOf(this.clock.now) << HITS_BITS;
    records.floats[slot >>> SLOT_SHIFT]![(at + EXPIRES) >>> 1] = NEVER;
    this.index.insert(this.lastHash, slot);
    this.tally.added(slot, db);
    return slot;
  }

  private allocateBlock(slot: number, kind: number, bytes: number): number {
    try {
      return this.blocks.allocate(kind, bytes, slot);
    } catch (error) {
      this.records.free(slot);
      throw error;
    }
  }

  /** A block of another size, with the old key and the given value (null: the key alone). */
  private moveBlock(slot: number, bytes: number, value: Bytes | null): void {
    const { records, blocks } = this;
    const meta = records.get(slot, META);
    const from = records.get(slot, REF);
    const keyLength = meta & KEY_LENGTH_MASK;
    const kind = blocks.kindOf(bytes);
    const to = blocks.allocate(kind, bytes, slot);
    const target = blocks.buffer(kind, to);
    const start = blocks.start(kind, to);
    const keyStart = blocks.start(meta, from);
    copyBytes(blocks.buffer(meta, from), keyStart, keyStart + keyLength, target, start);
    if (value !== null) copyBytes(value.buf, value.start, value.end, target, start + keyLength);
    blocks.free(meta, from);
    records.set(slot, REF, to);
    records.set(slot, META, (meta & ~LARGE) | kind);
  }

  private secondsOf(nowMs: number): number {
    if (nowMs !== this.secondsAtMs) {
      this.secondsAtMs = nowMs;
      this.seconds = Math.floor(nowMs / 1000) & IDLE_SECONDS_MASK;
    }
    return this.seconds;
  }

  private recordBytes(): number {
    const used = this.records.bytesUsed;
    const free = this.records.bytesHeld - used;
    return used + (this.maxMemory === 0 ? free : Math.min(free, this.maxMemory / FREE_RECORDS_SHARE));
  }
}

function checkedLength(value: Bytes): number {
  const length = value.end - value.start;
  invariant(length >= 0 && length <= VALUE_BYTES_MAX, 'memory: value too long');
  return length;
}
