import { latin1Of, Span } from '../base/bytes';
import { SLOT_MASK, SLOT_SHIFT, SLOTS_PER_PAGE } from '../base/offheap/slab';
import { HITS_MAX } from '../layers/memory/record';
import type { Core } from './core';

/** Longer keys are not told of: who remembers keys must know how long one may be. */
export const DEMAND_KEY_BYTES_MAX = 256;

/** How an entry was used since it was last looked at. */
export interface Use {
  /** Logical. */
  readonly db: number;
  /** Latin1. */
  readonly key: string;
  readonly uses: number;
  /** Its counter stands at its end: it was used since, nobody knows how often, and `uses` is 0. */
  readonly isCountLost: boolean;
  /** Clock ms of the last use, to the second. */
  readonly usedAtMs: number;
  /** Clock ms, or NEVER. */
  readonly expiresAt: number;
}

/** What is asked for, learned from the counters that the memory layer keeps anyway: a hit costs nothing more. */
export interface DemandSource {
  /** The directory is read: a key that is not there is not on disk either. */
  readonly isReady: boolean;
  /**
   * Looks at the next `entriesMax` entries and tells of up to `usesMax` that were used since the last look. True: that was the
   * last of them, the next call begins anew.
   */
  walk(entriesMax: number, usesMax: number, each: (use: Use) => void): boolean;
  /** One entry, used or not; null if it is not there or stale. `key` is latin1. */
  look(db: number, key: string): Use | null;
  /** Whether it is there, and not stale. */
  has(db: number, key: string): boolean;
  /** Bytes of what is remembered of entries. */
  readonly sizeBytes: number;
}

/**
 * Remembers each entry's counter as it was, in a word beside its hash: a slot that another entry has meanwhile is told by
 * that, and begins at 0.
 */
export class Demand implements DemandSource {
  /** By page of slots; made when something of the page was used. */
  private readonly seen: (Int32Array | undefined)[] = [];
  private cursor = 0;
  private readonly span = new Span(Buffer.alloc(0));

  constructor(private readonly core: Core) {}

  get isReady(): boolean {
    return this.core.complete;
  }

  get sizeBytes(): number {
    return this.seen.reduce((sum, page) => sum + (page?.byteLength ?? 0), 0);
  }

  walk(entriesMax: number, usesMax: number, each: (use: Use) => void): boolean {
    const { memory } = this.core;
    let entries = 0;
    let uses = 0;
    const visit = (slot: number) => {
      entries++;
      const use = this.usedSince(slot) ? this.take(slot) : null;
      if (use === null) return;
      uses++;
      each(use);
    };
    do {
      this.cursor = memory.scan(this.cursor, Math.min(usesMax - uses, entriesMax - entries), visit);
    } while (this.cursor !== 0 && entries < entriesMax && uses < usesMax && entries > 0);
    return this.cursor === 0;
  }

  look(db: number, key: string): Use | null {
    const slot = this.find(db, key);
    return slot === 0 ? null : this.take(slot);
  }

  has(db: number, key: string): boolean {
    return this.find(db, key) !== 0;
  }

  private find(db: number, key: string): number {
    const { core } = this;
    const buf = Buffer.from(key, 'latin1');
    const slot = core.memory.find(core.dbs.of(db), this.span.point(buf, 0, buf.length));
    return slot !== 0 && core.isFresh(slot) ? slot : 0;
  }

  private usedSince(slot: number): boolean {
    const { memory } = this.core;
    const hits = memory.hits(slot);
    return hits > 0 && (hits === HITS_MAX || this.seen[slot >>> SLOT_SHIFT]?.[slot & SLOT_MASK] !== this.wordOf(slot));
  }

  private take(slot: number): Use | null {
    const { core } = this;
    const { memory } = core;
    const db = core.dbs.logicalOf(memory.dbOf(slot));
    const key = memory.keyView(slot, this.span);
    if (db < 0 || key.end - key.start > DEMAND_KEY_BYTES_MAX) return null;
    const word = this.wordOf(slot);
    const page = this.pageOf(slot);
    const before = page[slot & SLOT_MASK]!;
    page[slot & SLOT_MASK] = word;
    const hits = memory.hits(slot);
    const isSame = (before & ~HITS_MAX) === (word & ~HITS_MAX) && (before & HITS_MAX) <= hits;
    const uses = hits - (isSame ? before & HITS_MAX : 0);
    return {
      db,
      key: latin1Of(key),
      uses,
      isCountLost: uses === 0 && hits === HITS_MAX,
      usedAtMs: core.now - memory.idleSeconds(slot, core.now) * 1000,
      expiresAt: core.expiresAt(slot),
    };
  }

  /** Of the entry as it is: hash above, hits below. */
  private wordOf(slot: number): number {
    const { memory } = this.core;
    return (memory.hashOf(slot) & ~HITS_MAX) | memory.hits(slot);
  }

  private pageOf(slot: number): Int32Array {
    this.seen[slot >>> SLOT_SHIFT] ??= new Int32Array(SLOTS_PER_PAGE);
    return this.seen[slot >>> SLOT_SHIFT]!;
  }
}
