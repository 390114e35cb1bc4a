/** What one call of `invalidate` killed: one object for all its tags. */
export class Invalidation {
  /** Distinct live members that died. Until `exact`, members that died by two unsettled tags may be counted twice. */
  died = 0;
  /** The last of its kills that was not settled at once. */
  lastKill: Kill | null = null;

  constructor(
    private readonly kills: Kills,
    /** The caller's number for its first tag; the following tags have the following ones. 0: none. */
    readonly cause = 0,
  ) {}

  /** True at once unless two or more tags with very many cohorts are pending; `settle` makes it true. */
  get exact(): boolean {
    const oldest = this.kills.oldest();
    return this.lastKill === null || oldest === undefined || oldest.number >= this.lastKill.number;
  }
}

/** One tag killed by one invalidation, as long as cohorts of the tag that are older than it are still linked. */
export interface Kill {
  tag: number;
  /** Cohorts born before this are dead. */
  sequence: number;
  /** Order among all kills, also those of one invalidation. */
  number: number;
  by: Invalidation;
  /** The caller's number for this tag; 0: none. */
  cause: number;
  settled: boolean;
}

/**
 * The kills that are not settled yet. A cohort may be doomed by several of them; it died by the first, and the
 * invalidations of the others counted it in vain until it is buried. That is why kills are settled in their order: an
 * invalidation's count is exact once all kills before its last one are settled.
 */
export class Kills {
  /** Tags with unsettled kills. */
  pendingTags = 0;
  private readonly byTag = new Map<number, Kill[]>();
  private queue: Kill[] = [];
  private head = 0;
  private count = 0;

  add(tag: number, sequence: number, by: Invalidation, cause: number): Kill {
    const kill: Kill = { tag, sequence, number: ++this.count, by, cause, settled: false };
    const earlier = this.byTag.get(tag);
    if (earlier) earlier.push(kill);
    else {
      this.byTag.set(tag, [kill]);
      this.pendingTags++;
    }
    return kill;
  }

  /** Leaves the kill to later slices. */
  postpone(kill: Kill): void {
    this.queue.push(kill);
    kill.by.lastKill = kill;
  }

  /** The first kill of the tag that killed what was born then; undefined if none did. */
  firstOf(tag: number, birth: number): Kill | undefined {
    return this.byTag.get(tag)?.find((kill) => kill.sequence > birth);
  }

  /** The tag's oldest linked cohort was born at `birth` (Infinity: it has none); whether kills of the tag remain. */
  settleUpTo(tag: number, birth: number): boolean {
    const kills = this.byTag.get(tag)!;
    while (kills.length > 0 && kills[0]!.sequence <= birth) kills.shift()!.settled = true;
    if (kills.length > 0) return true;
    this.byTag.delete(tag);
    this.pendingTags--;
    return false;
  }

  /** The oldest postponed kill that is not settled. */
  oldest(): Kill | undefined {
    while (this.queue[this.head]?.settled) this.head++;
    if (this.head === this.queue.length || this.head > 1_000) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    return this.queue[this.head];
  }

  /** Unsettled kills of the tag, oldest first. */
  of(tag: number): readonly Kill[] {
    return this.byTag.get(tag) ?? [];
  }
}
