import { type Bytes, bytesOf } from '../../base/bytes';
import { KeyHash } from '../../base/key-hash';
import { SLOT_MASK, SLOT_SHIFT } from '../../base/offheap/slab';
import type { Clock } from '../../base/world';
import { NEVER } from '../layer';
import type { Attachment } from './attachments';
import { auditMemory } from './audit';
import { checkedLength, Directory } from './directory';
import { Eviction } from './eviction';
import type { PolicyName } from './policies';
import {
  ENTRY_WORDS,
  EXPIRES,
  HEAT,
  HITS_BITS,
  HITS_MAX,
  META,
  REF,
  RESIDENT,
  TIMER,
  TYPE_FIELD,
  TYPE_MASK,
  TYPE_SHIFT,
  VLEN,
} from './record';
import { Tally } from './tally';
import { TimerWheel } from './timer-wheel';
import { type EachSlot, randomSlot, scanSlots } from './walk';

/**
 * While too much memory is wasted every write pays for compaction: a fixed part, and four bytes copied for each byte it
 * wrote (in steps of 64, see Arena.compact), at most about half a millisecond.
 */
const COMPACT_STEPS_PER_WRITE = 16;
const COMPACT_BYTES_PER_STEP = 16;
const COMPACT_STEPS_MAX = 4096;
/** Of memory held by free records, at most this part of maxmemory counts as used (they are reused, not given back). */
const FREE_RECORDS_SHARE = 4;
/** Entries expired or moved between two looks at the clock. */
const EXPIRE_BUDGET = 256;

const NO_VALUE = bytesOf('');

export type LeaveReason = 'expired' | 'evicted';

export interface MemoryLayerOptions {
  /** What `isOver` compares with; 0 for no limit. */
  maxMemoryBytes: number;
  policy: PolicyName;
  /** Secret, 32 bits: without it keys cannot be aimed at a bucket. */
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
export class MemoryLayer extends Directory {
  /**
   * Asked of an expired entry whose TIE is negative, before it leaves. True: it has got another expiry (`setExpires`), or has
   * it already, and stays.
   */
  keep: (slot: number) => boolean = () => false;
  readonly tally: Tally;
  readonly wheel: TimerWheel;
  readonly eviction: Eviction;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly onLeave: (slot: number, reason: LeaveReason) => void;
  private maxMemory: number;

  constructor(options: MemoryLayerOptions) {
    super(new KeyHash(options.seed | 0, Math.floor(options.random() * 2 ** 32) | 0));
    this.clock = options.clock;
    this.random = options.random;
    this.onLeave = options.onLeave ?? (() => {});
    this.maxMemory = options.maxMemoryBytes;
    this.tally = new Tally(options.clock.now);
    this.wheel = new TimerWheel(this.records, options.clock.now, (slot) => this.expire(slot));
    this.eviction = new Eviction(this.records, options.policy, options.random);
  }

  // --- writing -----------------------------------------------------------------------------------------------------

  /** Stores: a new entry that never expires, or a new value of the old one, which keeps all else. */
  put(db: number, key: Bytes, value: Bytes, type: number): number {
    const found = this.find(db, key);
    if (found !== 0) {
      this.putAt(found, value, type);
      return found;
    }
    const length = checkedLength(value);
    const slot = this.addEntry(db, key, length, type, RESIDENT, length);
    this.writeValue(slot, value);
    this.begin(slot, db);
    this.eviction.added(slot);
    this.compactAfterWrite(length);
    return slot;
  }

  /** A new value for an entry; it is resident then and counts as just used. */
  putAt(slot: number, value: Bytes, type: number): void {
    const length = checkedLength(value);
    this.writeValue(slot, value);
    const page = this.records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const meta = page[at + META]!;
    if ((meta & TYPE_FIELD) !== 0) this.attachments.drop(slot);
    page[at + VLEN] = length;
    page[at + META] = (meta & ~(TYPE_MASK << TYPE_SHIFT)) | RESIDENT | ((type & TYPE_MASK) << TYPE_SHIFT);
    page[at + HEAT] = (this.secondsOf(this.clock.now) << HITS_BITS) | (page[at + HEAT]! & HITS_MAX);
    if ((meta & RESIDENT) !== 0) this.eviction.touched(slot);
    else this.eviction.restored(slot);
    this.compactAfterWrite(length);
  }

  /** An entry whose value rests elsewhere: a new one, or the old one, whose value is dropped. */
  putStub(db: number, key: Bytes, valueLength: number, type: number): number {
    const found = this.find(db, key);
    const slot = found || this.addEntry(db, key, valueLength, type, 0, 0);
    if (found !== 0) this.dropValue(slot);
    else {
      this.begin(slot, db);
      this.eviction.addedStub(slot);
    }
    const meta = this.records.get(slot, META) & ~(TYPE_MASK << TYPE_SHIFT);
    this.records.set(slot, META, meta | ((type & TYPE_MASK) << TYPE_SHIFT));
    this.records.set(slot, VLEN, valueLength);
    return slot;
  }

  /** Makes a stub of a resident entry; its length is still known. */
  dropValue(slot: number): void {
    if (!this.isResident(slot)) return;
    if (this.attachments.size > 0) this.dropObject(slot);
    this.eviction.dropped(slot);
    this.writeValue(slot, null);
    this.records.set(slot, META, this.records.get(slot, META) & ~RESIDENT);
  }

  /** Gives a stub its value back. */
  restoreValue(slot: number, value: Bytes): void {
    this.putAt(slot, value, this.typeOf(slot));
  }

  remove(slot: number): void {
    const db = this.dbOf(slot);
    this.eviction.removed(slot);
    if (this.records.get(slot, TIMER) !== 0) {
      this.wheel.cancel(slot);
      this.tally.expiryRemoved(db, this.expiresAt(slot));
    }
    this.tally.removed(slot, db);
    if (this.attachments.size > 0) this.attachments.drop(slot);
    this.deleteEntry(slot);
  }

  /**
   * The entry's value is this object from now on, until it gets another value, or loses it. The type is not that of strings.
   */
  putObject(slot: number, object: Attachment, type: number): void {
    this.putAt(slot, NO_VALUE, type);
    this.attachments.add(slot, object);
  }

  /** Clock milliseconds, or NEVER. */
  setExpires(slot: number, atMs: number): void {
    const before = this.expiresAt(slot);
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
    const { blocks, index, wheel, eviction } = this;
    const bookkeeping = this.recordBytes() + index.bytesReserved + wheel.bytesUsed + eviction.bytesUsed;
    return blocks.usedBytes + bookkeeping + this.attachments.usedBytes;
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

  /**
   * Works on compaction, if there is any to do; a budget of 1 is a block looked at or 64 bytes copied. Views end. True when
   * nothing is left to do.
   */
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

  private dropObject(slot: number): void {
    const length = this.valueLength(slot);
    this.attachments.drop(slot);
    this.records.set(slot, VLEN, length);
  }

  private begin(slot: number, db: number): void {
    this.records.set(slot, HEAT, this.secondsOf(this.clock.now) << HITS_BITS);
    this.tally.added(slot, db);
  }

  private expire(slot: number): void {
    if (this.tie(slot) >= 0 || !this.keep(slot)) this.leave(slot, 'expired');
  }

  private leave(slot: number, reason: LeaveReason): void {
    this.onLeave(slot, reason);
    this.remove(slot);
  }

  private compactAfterWrite(bytes: number): void {
    const { arena } = this.blocks;
    if (!arena.compacting && !arena.isWasteful) return;
    this.compact(Math.min(COMPACT_STEPS_PER_WRITE + bytes / COMPACT_BYTES_PER_STEP, COMPACT_STEPS_MAX));
  }

  private recordBytes(): number {
    const used = this.records.bytesUsed;
    const free = this.records.bytesHeld - used;
    return used + (this.maxMemory === 0 ? free : Math.min(free, this.maxMemory / FREE_RECORDS_SHARE));
  }
}
