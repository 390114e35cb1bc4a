import { Span } from '../base/bytes';
import { KeyHash } from '../base/key-hash';
import type { Tags } from '../invalidation/tags';
import { NEVER } from '../layers/layer';
import type { MemoryLayer } from '../layers/memory/memory-layer';

/** The same at every start: so is an entry's moment within a stagger. */
const STAGGER_SEED = 0;

/** A soft invalidation whose entries are not all marked yet: they are judged by it when they are looked at. */
export interface Softening {
  readonly tag: string;
  readonly epoch: number;
  /** Clock ms from which on its entries are stale. */
  readonly atMs: number;
  /** They become so spread over this time. */
  readonly staggerMs: number;
}

/** Every record from `cursor` on is still to be looked at. */
type Pending = Softening & { cursor: number };

/** Soft invalidations of many entries, until a pass over all grace records has marked them. */
export class Softenings {
  private readonly pending: Pending[] = [];
  private readonly span = new Span(Buffer.alloc(0));
  private readonly hasher = KeyHash.ofSeed(STAGGER_SEED);

  constructor(
    private readonly memory: MemoryLayer,
    private readonly tags: Tags,
  ) {}

  get isEmpty(): boolean {
    return this.pending.length === 0;
  }

  add(softening: Softening): void {
    this.pending.push({ ...softening, cursor: 1 });
  }

  /** Shows about `budget` records, of those up to `top`, for the oldest of them; whether none is left. */
  step(budget: number, top: number, show: (record: number) => void): boolean {
    const oldest = this.pending[0];
    if (oldest === undefined) return true;
    // One pass serves all that were pending when it began.
    const pass = this.pending.filter(({ cursor }) => cursor === oldest.cursor);
    const end = Math.min(top + 1, oldest.cursor + budget);
    for (let record = oldest.cursor; record < end; record++) show(record);
    for (const each of pass) each.cursor = end;
    if (end > top) for (const each of pass) this.pending.splice(this.pending.indexOf(each), 1);
    return this.pending.length === 0;
  }

  /** Clock ms from which on an entry of this membership is stale; NEVER: none of them reaches it. */
  softAt(slot: number, member: number): number {
    let staleAt: number = NEVER;
    if (member === 0 || this.tags.isDead(member)) return staleAt;
    const madeAt = this.memory.fillEpoch(slot);
    for (const { tag, epoch, atMs, staggerMs } of this.pending) {
      if (epoch <= madeAt || !this.tags.has(member, tag)) continue;
      staleAt = Math.min(staleAt, atMs + this.offset(slot, staggerMs));
    }
    return staleAt;
  }

  /** The entry's own moment within a stagger: the same for the same key, also after a restart. */
  offset(slot: number, staggerMs: number): number {
    if (staggerMs === 0) return 0;
    const { buf, start, end } = this.memory.keyView(slot, this.span);
    return Math.floor(((this.hasher.hash(0, buf, start, end) >>> 0) / 2 ** 32) * staggerMs);
  }
}
