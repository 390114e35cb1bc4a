import { SLOT_SHIFT, Slab } from '../base/offheap/slab';

// Words of a grace record; 64-bit floats begin at even words.
/** Its membership in tags, 0 without. */
export const MEMBER = 0;
/** Two flags; above them how long before its end it is due for a refresh, ms: its expiry is that moment then. */
export const FLAGS = 1;
/** From the end of its expiry on; the time in which it is due included. */
export const GRACE_MS = 2;
/** Fresh no longer than this, whatever its expiry: NEVER until a soft invalidation. Once stale, the moment it became so. */
export const STALE_BY = 4;
/** No refresh before this second: the last one failed. */
export const RETRY_SECOND = 6;
/** The entry; 0 while the record is free. */
export const OWNER = 7;
const WORDS = 8;

/** Its key has a loader: soft invalidations spare it. */
export const REFRESHABLE = 1;
/** Its expiry (in the memory layer) is the end of its grace now. */
export const GONE_STALE = 2;
export const AHEAD_SHIFT = 2;
export const AHEAD_MS_MAX = 2 ** 29;

/** What is kept of entries that have a grace: how the records look, and what their flags say. */
export class GraceRecords extends Slab {
  constructor() {
    super(WORDS);
  }

  isGoneStale(record: number): boolean {
    return (this.get(record, FLAGS) & GONE_STALE) !== 0;
  }

  isLapsed(record: number): boolean {
    return (this.get(record, FLAGS) & ~REFRESHABLE) === GONE_STALE && !this.isRefreshing(record);
  }

  isRefreshing(record: number): boolean {
    return (this.get(record, FLAGS) & REFRESHABLE) !== 0;
  }

  aheadOf(record: number): number {
    return this.get(record, FLAGS) >>> AHEAD_SHIFT;
  }

  /** The entry of a record, 0 if it is free. */
  ownerOf(record: number): number {
    return this.pages[record >>> SLOT_SHIFT]!.length === 0 ? 0 : this.get(record, OWNER);
  }
}
