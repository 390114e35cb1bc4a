import {
  BIRTH,
  CAUSE,
  COHORT,
  type CohortTable,
  DEAD,
  DEATH,
  FIRST_TAG,
  MEMBERS,
  NEXT_TAG,
  OF_COHORT,
  SPACE,
  TAG,
  TAGS,
} from './cohort-table';
import { Invalidation, type Kill, Kills } from './kills';
import { HARD_EPOCH, KILL, LAST_LINK, LIVE, SOFT_EPOCH, type TagName, type TagTable } from './tag-table';

/** What a soft invalidation says beside its epoch. */
export interface Soft {
  /** Clock milliseconds. */
  atMs: number;
  /** What it spares becomes stale within this time. */
  staggerMs: number;
}

/** However many tags an invalidation has, each may settle this many links at once. */
const LINKS_PER_TAG = 16;

/**
 * How cohorts die. A tag is *struck*: its members are dead and counted at once. Its cohorts are then *buried* one by one,
 * the first of them at once: a buried cohort hangs on no tag, is counted by none, and waits to be reclaimed. A cohort that
 * is struck and not yet buried is *doomed*; whatever touches one buries it first.
 */
export class Deaths {
  readonly kills = new Kills();
  /** Invalidations so far; tells cohorts made before one from those made after, also within one epoch. */
  sequence = 0;
  /** Members that are dead and not reclaimed; until all are buried, those struck twice count twice. */
  unreclaimed = 0;
  readonly buriedIn: Int32Array;

  constructor(
    private readonly table: TagTable,
    private readonly cohorts: CohortTable,
    spaces: number,
    private readonly settleAtOnceLinks: number,
  ) {
    this.buriedIn = new Int32Array(spaces);
  }

  isDead(member: number): boolean {
    if (this.unreclaimed === 0) return false;
    const cohort = this.cohorts.members.get(member, COHORT);
    return this.cohorts.cohorts.get(cohort, DEAD) !== 0 || this.isDoomed(cohort);
  }

  isDoomed(cohort: number): boolean {
    if (this.kills.pendingTags === 0) return false;
    const { cohorts, links } = this.cohorts;
    const { slab } = this.table;
    const birth = cohorts.getFloat(cohort, BIRTH);
    for (let link = cohorts.get(cohort, FIRST_TAG); link !== 0; link = links.get(link, NEXT_TAG)) {
      if (slab.getFloat(links.get(link, TAG), KILL) > birth) return true;
    }
    return false;
  }

  /** With `soft` the members that hang on the tags' twins are spared. */
  invalidate(tags: readonly TagName[], epoch: number, cause: number, soft: Soft | null): Invalidation {
    const by = new Invalidation(this.kills, cause);
    const killed: Kill[] = [];
    this.sequence++;
    for (const [nth, tag] of tags.entries()) this.strike(tag, epoch, by, cause && cause + nth, soft, killed);
    const all = this.settleAtOnceLinks;
    const budget = Math.max(Math.min(LINKS_PER_TAG, all), Math.floor(all / killed.length));
    for (const kill of killed) {
      this.advance(kill, budget);
      if (!kill.settled) this.kills.postpone(kill);
    }
    return by;
  }

  /** Buries about `budget` links' worth of doomed cohorts, oldest invalidation first; whether none is left. */
  settle(budget: number): boolean {
    let left = budget;
    for (let kill = this.kills.oldest(); kill !== undefined; kill = this.kills.oldest()) {
      if (left <= 0) return false;
      left = this.advance(kill, left);
    }
    return true;
  }

  /** A doomed cohort becomes a dead one: other tags no longer count its members. */
  bury(cohort: number): void {
    const { cohorts } = this.cohorts;
    const count = cohorts.get(cohort, MEMBERS);
    const killer = this.discount(cohort, count);
    cohorts.setFloat(cohort, DEATH, this.hardEpochOf(cohort));
    this.cohorts.unlink(cohort, this.lostLink);
    this.cohorts.enqueueDead(cohort);
    cohorts.setFloat(cohort, CAUSE, killer?.cause ?? 0);
    this.buriedIn[cohorts.get(cohort, SPACE)]! += count;
  }

  /** The caller's number for the tag and invalidation that killed the member; 0 if it lives, or none was given. */
  causeOf(member: number): number {
    const { cohorts } = this.cohorts;
    const cohort = this.cohorts.members.get(member, COHORT);
    if (cohorts.get(cohort, DEAD) === 0 && this.isDoomed(cohort)) this.bury(cohort);
    return cohorts.get(cohort, DEAD) === 0 ? 0 : cohorts.getFloat(cohort, CAUSE);
  }

  /** Epoch of the invalidation that killed the dead member, or of a later one of its tags. */
  deathOf(member: number): number {
    const cohort = this.cohorts.members.get(member, COHORT);
    const { cohorts } = this.cohorts;
    return cohorts.get(cohort, DEAD) === 1 ? cohorts.getFloat(cohort, DEATH) : this.hardEpochOf(cohort);
  }

  private hardEpochOf(cohort: number): number {
    const { cohorts, links } = this.cohorts;
    let newest = 0;
    for (let link = cohorts.get(cohort, FIRST_TAG); link !== 0; link = links.get(link, NEXT_TAG)) {
      newest = Math.max(newest, this.table.slab.getFloat(links.get(link, TAG), HARD_EPOCH));
    }
    return newest;
  }

  /** A dead member is reclaimed, or leaves in another way. */
  leave(member: number): void {
    const { cohorts } = this.cohorts;
    const cohort = this.cohorts.members.get(member, COHORT);
    if (cohorts.get(cohort, DEAD) === 0) this.bury(cohort);
    this.unreclaimed--;
    this.buriedIn[cohorts.get(cohort, SPACE)]!--;
    if (this.cohorts.removeMember(member) > 0) return;
    this.cohorts.dequeueDead(cohort);
    cohorts.free(cohort);
  }

  /** A live cohort lost its last member. */
  dissolve(cohort: number): void {
    this.cohorts.unlink(cohort, this.lostLink);
    this.cohorts.cohorts.free(cohort);
  }

  /** The tag's live members die, all counted for `by`. */
  private strike(
    name: TagName,
    epoch: number,
    by: Invalidation,
    cause: number,
    soft: Soft | null,
    killed: Kill[],
  ): void {
    const { table } = this;
    const tag = table.intern(name);
    if (tag === 0) {
      // No room for a record: all that began before this must be taken for invalidated.
      table.raiseFloor(epoch);
      return;
    }
    const twin = table.twinOf(tag);
    if (soft !== null) table.setSoft(tag, epoch, soft.atMs, soft.staggerMs);
    if (!table.stamp(tag, soft === null ? HARD_EPOCH : SOFT_EPOCH, epoch)) return;
    this.kill(tag, by, cause, killed);
    if (soft === null && twin !== 0) this.kill(twin, by, cause, killed);
  }

  private kill(tag: number, by: Invalidation, cause: number, killed: Kill[]): void {
    const { slab } = this.table;
    const live = slab.get(tag, LIVE);
    if (live === 0) return;
    slab.set(tag, LIVE, 0);
    slab.setFloat(tag, KILL, this.sequence);
    by.died += live;
    this.unreclaimed += live;
    killed.push(this.kills.add(tag, this.sequence, by, cause));
  }

  /** Buries the tag's oldest cohorts until the kill is settled or the budget spent; what is left of the budget. */
  private advance(kill: Kill, budget: number): number {
    const { cohorts, links } = this.cohorts;
    let left = budget;
    while (!kill.settled && left > 0) {
      const cohort = links.get(this.table.slab.get(kill.tag, LAST_LINK), OF_COHORT);
      left -= cohorts.get(cohort, TAGS);
      this.bury(cohort);
    }
    return left;
  }

  /** All its tags counted the members: the first that was struck did so rightly, the others did not. */
  private discount(cohort: number, count: number): Kill | undefined {
    const { cohorts, links } = this.cohorts;
    const { slab } = this.table;
    const birth = cohorts.getFloat(cohort, BIRTH);
    let killer: Kill | undefined;
    for (let link = cohorts.get(cohort, FIRST_TAG); link !== 0; link = links.get(link, NEXT_TAG)) {
      const tag = links.get(link, TAG);
      const kill = slab.getFloat(tag, KILL) > birth ? this.kills.firstOf(tag, birth) : undefined;
      if (kill === undefined) slab.set(tag, LIVE, slab.get(tag, LIVE) - count);
      else if (killer === undefined) killer = kill;
      else {
        const late = kill.number > killer.number ? kill : killer;
        if (late === killer) killer = kill;
        late.by.died -= count;
        this.unreclaimed -= count;
      }
    }
    return killer;
  }

  private readonly lostLink = (tag: number): void => {
    const { slab } = this.table;
    const last = slab.get(tag, LAST_LINK);
    if (slab.getFloat(tag, KILL) !== 0) {
      const { cohorts, links } = this.cohorts;
      const oldest = last === 0 ? Number.POSITIVE_INFINITY : cohorts.getFloat(links.get(last, OF_COHORT), BIRTH);
      if (!this.kills.settleUpTo(tag, oldest)) slab.setFloat(tag, KILL, 0);
    }
    if (last === 0) this.table.release(tag);
  };
}
