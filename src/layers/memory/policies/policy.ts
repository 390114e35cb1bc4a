/**
 * Which entry to evict when memory is full. A policy is told what becomes of entries whose value is in memory and may use
 * their words PREV and NEXT as it likes (both are 0 when `added` is called, and must be 0 again after `removed`).
 * Entries it never heard of are not its business: after a change of policy they come by and by.
 */
export interface EvictionPolicy {
  readonly name: string;
  /** Of its own structures, not of the entries' words. */
  readonly bytesUsed: number;
  /** Entries it may choose from. */
  readonly size: number;
  added(slot: number): void;
  /** Before the entry goes; its words are still whole. */
  removed(slot: number): void;
  touched(slot: number): void;
  /** The entry has another expiry now, or none. */
  ttlChanged(slot: number): void;
  /** An entry to evict, 0 if there is none. Nothing changes by asking. */
  victim(): number;
  has(slot: number): boolean;
  /** Whether it chooses among entries that expire, or that do not. For audits. */
  mayEvict(expires: boolean): boolean;
  /** Throws if its structures disagree. */
  audit(): void;
}
