import { invariant } from '../base/fault';
import type { Clock } from '../base/world';
import type { Tags } from '../invalidation/tags';
import { NEVER } from '../layers/layer';
import type { MemoryLayer } from '../layers/memory/memory-layer';
import { PHYSICAL_DATABASES } from './databases';
import {
  AHEAD_MS_MAX,
  AHEAD_SHIFT,
  FLAGS,
  GONE_STALE,
  GRACE_MS,
  GraceRecords,
  MEMBER,
  OWNER,
  REFRESHABLE,
  RETRY_SECOND,
  STALE_BY,
} from './grace-records';
import { Softenings } from './softenings';

/**
 * What an entry with a grace is at a moment. `due`: fresh, and soon to be loaded anew. `stale`: served while a refresh is under way. `lapsed`: the same without a
 * loader, so only a lease may be answered with it; for everybody else it is not there.
 */
export const FRESH = 0;
export const DUE = 1;
export const STALE = 2;
const LAPSED = 3;
export const DEAD = 4;
export type Freshness = typeof FRESH | typeof DUE | typeof STALE | typeof LAPSED | typeof DEAD;

/** Longest grace and stagger, ms: 10 years fit a sum of clock milliseconds exactly, 2^31 - 1 a word. */
export const GRACE_MS_MAX = 315_360_000_000;
export const STAGGER_MS_MAX = 2 ** 31 - 1;

/**
 * Entries that have a grace: a record each, whose number stands in the entry's TIE, negative, in place of its membership. An
 * entry without grace has no record and is judged without a look in here. While it is fresh, its expiry is the moment at
 * which it becomes stale (a soft invalidation brings that forward); then the wheel hands it to `keep`, and its expiry is the
 * end of its grace.
 */
export class Graces {
  readonly records = new GraceRecords();
  /** Lapsed entries, by physical database: in the memory layer's counts, but not there for readers. */
  readonly lapsed = new Int32Array(PHYSICAL_DATABASES);
  /** An entry is no longer fresh. */
  onStale: (slot: number) => void = () => {};
  private readonly softenings: Softenings;

  constructor(
    private readonly memory: MemoryLayer,
    private readonly tags: Tags,
    private readonly clock: Clock,
  ) {
    this.softenings = new Softenings(memory, tags);
    memory.keep = (slot) => this.keep(slot);
  }

  get size(): number {
    return this.records.used;
  }

  get anyLapsed(): boolean {
    return this.records.used > 0 && this.lapsed.some((count) => count > 0);
  }

  get bytesUsed(): number {
    return this.records.bytesUsed;
  }

  // --- records -----------------------------------------------------------------------------------------------------------

  /** Its membership, if it has one, is the entry's TIE still. `aheadMs`: it is due so long before its expiry. */
  give(slot: number, graceMs: number, refreshable: boolean, aheadMs = 0): void {
    const { records, memory } = this;
    const record = records.allocate();
    records.set(record, OWNER, slot);
    records.set(record, MEMBER, memory.tie(slot));
    records.set(record, FLAGS, refreshable ? REFRESHABLE : 0);
    records.setFloat(record, GRACE_MS, graceMs);
    records.setFloat(record, STALE_BY, NEVER);
    memory.setTie(slot, -record);
    if (aheadMs > 0) this.setAhead(slot, record, aheadMs);
  }

  private setAhead(slot: number, record: number, aheadMs: number): void {
    const { records, memory } = this;
    const ms = Math.min(Math.floor(aheadMs), AHEAD_MS_MAX);
    const expiresAt = memory.expiresAt(slot);
    if (ms <= 0 || expiresAt === NEVER) return;
    records.set(record, FLAGS, records.get(record, FLAGS) | (ms << AHEAD_SHIFT));
    records.setFloat(record, GRACE_MS, records.getFloat(record, GRACE_MS) + ms);
    memory.setExpires(slot, expiresAt - ms);
  }

  /** It is fresh until its whole time is over: nothing comes before. */
  private dropAhead(slot: number, record: number): void {
    const { records, memory, clock } = this;
    const aheadMs = this.records.aheadOf(record);
    if (aheadMs === 0) return;
    const flags = records.get(record, FLAGS) & (REFRESHABLE | GONE_STALE);
    records.set(record, FLAGS, flags);
    records.setFloat(record, GRACE_MS, records.getFloat(record, GRACE_MS) - aheadMs);
    const wasDueAt = (flags & GONE_STALE) !== 0 ? records.getFloat(record, STALE_BY) : memory.expiresAt(slot);
    const end = wasDueAt + aheadMs;
    if ((flags & GONE_STALE) !== 0) records.setFloat(record, STALE_BY, end > clock.now ? NEVER : end);
    if (end > clock.now) {
      records.set(record, FLAGS, flags & REFRESHABLE);
      memory.setExpires(slot, end);
    } else if ((flags & GONE_STALE) === 0) memory.setExpires(slot, end);
    if (this.records.isLapsed(record)) this.lapsed[memory.dbOf(slot)]!++;
  }

  /** The same value, found to be right: fresh until `expiresAt`, as a new one would be. */
  renew(slot: number, expiresAt: number, aheadMs: number): void {
    const { records, memory } = this;
    const tie = memory.tie(slot);
    if (tie < 0) {
      this.dropAhead(slot, -tie);
      if (this.records.isLapsed(-tie)) this.lapsed[memory.dbOf(slot)]!--;
      records.set(-tie, FLAGS, records.get(-tie, FLAGS) & REFRESHABLE);
      records.setFloat(-tie, STALE_BY, NEVER);
      records.set(-tie, RETRY_SECOND, 0);
    }
    memory.setExpires(slot, expiresAt);
    if (tie < 0) this.setAhead(slot, -tie, aheadMs);
    else if (aheadMs > 0 && expiresAt !== NEVER) this.give(slot, 0, false, aheadMs);
  }

  /** The entry goes, or its value: returns its membership, which is in its TIE again. */
  take(slot: number): number {
    const { records, memory } = this;
    const record = -memory.tie(slot);
    const member = records.get(record, MEMBER);
    if (this.records.isLapsed(record)) this.lapsed[memory.dbOf(slot)]!--;
    records.free(record);
    memory.setTie(slot, member);
    return member;
  }

  /** `tie` is an entry's, negative. */
  memberOf(tie: number): number {
    return this.records.get(-tie, MEMBER);
  }

  setMember(tie: number, member: number): void {
    this.records.set(-tie, MEMBER, member);
  }

  graceMsOf(slot: number): number {
    const tie = this.memory.tie(slot);
    return tie < 0 ? this.records.getFloat(-tie, GRACE_MS) - this.records.aheadOf(-tie) : 0;
  }

  /** How long before its end it is due. */
  aheadMsOf(slot: number): number {
    const tie = this.memory.tie(slot);
    return tie < 0 ? this.records.aheadOf(-tie) : 0;
  }

  isRefreshable(slot: number): boolean {
    const tie = this.memory.tie(slot);
    return tie < 0 && (this.records.get(-tie, FLAGS) & REFRESHABLE) !== 0;
  }

  // --- what it is now ------------------------------------------------------------------------------------------------------

  /** `tie` is the entry's, negative. */
  freshness(slot: number, tie: number): Freshness {
    const { records, memory, clock } = this;
    const member = records.get(-tie, MEMBER);
    if (member !== 0 && this.tags.isDead(member)) return DEAD;
    const flags = records.get(-tie, FLAGS);
    const after = (flags & REFRESHABLE) !== 0 ? STALE : LAPSED;
    if (flags >>> AHEAD_SHIFT !== 0) {
      const end = this.wholeEnd(slot, -tie);
      if (end > clock.now) return this.dueAt(slot, -tie) > clock.now ? FRESH : DUE;
      return end + this.graceMsOf(slot) > clock.now ? after : DEAD;
    }
    if ((flags & GONE_STALE) !== 0) return memory.expiresAt(slot) > clock.now ? after : DEAD;
    const staleAt = this.staleAt(slot, -tie);
    if (staleAt > clock.now) return FRESH;
    return staleAt + records.getFloat(-tie, GRACE_MS) > clock.now ? after : DEAD;
  }

  /** Clock milliseconds at which it is, or was, no longer fresh. */
  freshUntil(slot: number): number {
    const tie = this.memory.tie(slot);
    if (tie >= 0) return this.memory.expiresAt(slot);
    if (this.records.aheadOf(-tie) > 0) return this.wholeEnd(slot, -tie);
    if (this.records.isGoneStale(-tie)) return this.records.getFloat(-tie, STALE_BY);
    return this.staleAt(slot, -tie);
  }

  /** Clock milliseconds at which it is no more, not even stale; NEVER without an expiry. */
  endsAt(slot: number): number {
    const tie = this.memory.tie(slot);
    if (tie >= 0 || this.records.isGoneStale(-tie)) return this.memory.expiresAt(slot);
    return this.staleAt(slot, -tie) + this.records.getFloat(-tie, GRACE_MS);
  }

  // --- changes -------------------------------------------------------------------------------------------------------------

  /** A new expiry. What is stale stays so, and what was invalidated is fresh no longer than that says. */
  expireAt(slot: number, atMs: number): void {
    const { records, memory } = this;
    const tie = memory.tie(slot);
    if (tie >= 0) {
      memory.setExpires(slot, atMs);
      return;
    }
    this.settle(slot, -tie);
    this.dropAhead(slot, -tie);
    if (this.records.isGoneStale(-tie)) memory.setExpires(slot, Math.min(memory.expiresAt(slot), atMs));
    else memory.setExpires(slot, Math.min(records.getFloat(-tie, STALE_BY), atMs));
  }

  /** Softly invalidated: stale from then on at the latest. False, and unchanged, if it has no grace or no loader. */
  soften(slot: number, atMs: number, staggerMs: number): boolean {
    const tie = this.memory.tie(slot);
    if (!this.isRefreshable(slot)) return false;
    this.dropAhead(slot, -tie);
    this.bringForward(slot, -tie, atMs + this.softenings.offset(slot, staggerMs));
    return true;
  }

  /** Its refresh failed: the next one may begin then. */
  retryAt(slot: number, atMs: number): void {
    const tie = this.memory.tie(slot);
    if (tie < 0) this.records.set(-tie, RETRY_SECOND, Math.ceil(atMs / 1000));
  }

  /** The last refresh of this value failed. */
  hasFailed(slot: number): boolean {
    const tie = this.memory.tie(slot);
    return tie < 0 && this.records.get(-tie, RETRY_SECOND) !== 0;
  }

  mayRefresh(slot: number): boolean {
    const tie = this.memory.tie(slot);
    return tie < 0 && this.records.get(-tie, RETRY_SECOND) * 1000 <= this.clock.now;
  }

  /** The wheel says that its time has come. True if that is only the end of its freshness, and it stays. */
  private keep(slot: number): boolean {
    const record = -this.memory.tie(slot);
    if (this.records.isGoneStale(record)) return false;
    this.settle(slot, record);
    return this.memory.expiresAt(slot) > this.clock.now;
  }

  private goStale(slot: number, record: number): void {
    const { memory, records } = this;
    const staleAt = memory.expiresAt(slot);
    records.setFloat(record, STALE_BY, staleAt);
    records.set(record, FLAGS, records.get(record, FLAGS) | GONE_STALE);
    if (this.records.isLapsed(record)) this.lapsed[memory.dbOf(slot)]!++;
    memory.setExpires(slot, staleAt + records.getFloat(record, GRACE_MS));
    this.onStale(slot);
  }

  private bringForward(slot: number, record: number, atMs: number): void {
    const { memory, records } = this;
    if (atMs < records.getFloat(record, STALE_BY)) {
      records.setFloat(record, STALE_BY, atMs);
      // Stale by its expiry earlier than that: nothing changes. Else it ends a grace after this moment.
      const end = atMs + records.getFloat(record, GRACE_MS);
      if (this.records.isGoneStale(record)) memory.setExpires(slot, Math.min(memory.expiresAt(slot), end));
      else if (atMs < memory.expiresAt(slot)) memory.setExpires(slot, atMs);
    }
    if (!this.records.isGoneStale(record) && memory.expiresAt(slot) <= this.clock.now) this.goStale(slot, record);
  }

  // --- soft invalidations of many --------------------------------------------------------------------------------------

  /** All that carries the tag is softly invalidated; it is marked by `markSome`, in slices. */
  softenLater(tag: string, epoch: number, atMs: number, staggerMs: number): void {
    this.softenings.add({ tag, epoch, atMs, staggerMs });
  }

  get settled(): boolean {
    return this.softenings.isEmpty;
  }

  /** Looks at about `budget` records for the oldest pending invalidation; whether none is left. */
  markSome(budget: number): boolean {
    return this.softenings.step(budget, this.records.top, (record) => {
      const slot = this.records.ownerOf(record);
      if (slot !== 0) this.settle(slot, record);
    });
  }

  /** Throws BrokenInvariant where records, entries and counts disagree. */
  audit(): void {
    const { records, memory } = this;
    const lapsed = new Int32Array(PHYSICAL_DATABASES);
    let found = 0;
    for (let record = 1; record <= records.top; record++) {
      const slot = this.records.ownerOf(record);
      if (slot === 0) continue;
      found++;
      invariant(memory.tie(slot) === -record, `grace record ${record} and its entry disagree`);
      invariant(records.getFloat(record, GRACE_MS) >= 0, `grace record ${record} is for less than nothing`);
      if (this.records.isLapsed(record)) lapsed[memory.dbOf(slot)]!++;
    }
    invariant(found === records.used, `${records.used} grace records, found ${found}`);
    lapsed.forEach((count, db) => {
      invariant(count === this.lapsed[db], `${this.lapsed[db]} lapsed entries in ${db}, found ${count}`);
    });
  }

  // --- inside ------------------------------------------------------------------------------------------------------------

  /** Of one with a time in which it is due: when that begins. */
  private dueAt(slot: number, record: number): number {
    return this.records.isGoneStale(record) ? this.records.getFloat(record, STALE_BY) : this.memory.expiresAt(slot);
  }

  /** The same: when it is fresh no more. */
  private wholeEnd(slot: number, record: number): number {
    return Math.min(this.dueAt(slot, record) + this.records.aheadOf(record), this.pendingAt(slot, record));
  }

  /** What pending invalidations say of it becomes its own. */
  private settle(slot: number, record: number): void {
    if (this.records.aheadOf(record) > 0) {
      const softAt = this.pendingAt(slot, record);
      if (softAt !== NEVER) {
        this.dropAhead(slot, record);
        this.bringForward(slot, record, softAt);
      } else if (!this.records.isGoneStale(record) && this.memory.expiresAt(slot) <= this.clock.now)
        this.goStale(slot, record);
      return;
    }
    const staleAt = this.staleAt(slot, record);
    if (!this.records.isGoneStale(record) && staleAt === this.memory.expiresAt(slot) && staleAt > this.clock.now)
      return;
    this.bringForward(slot, record, staleAt);
  }

  private staleAt(slot: number, record: number): number {
    const goneStale = this.records.isGoneStale(record);
    const staleAt = goneStale ? this.records.getFloat(record, STALE_BY) : this.memory.expiresAt(slot);
    return this.softenings.isEmpty ? staleAt : Math.min(staleAt, this.pendingAt(slot, record));
  }

  /** What soft invalidations say that its record has not been told of yet; else NEVER. */
  private pendingAt(slot: number, record: number): number {
    if (this.softenings.isEmpty || !this.records.isRefreshing(record)) return NEVER;
    return this.softenings.softAt(slot, this.records.get(record, MEMBER));
  }
}
