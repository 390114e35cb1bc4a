import { invariant } from '../base/fault';
import { TAG_LIMITS, type TagLimits } from './limits';
import { auditTags } from './tags/audit';
import {
  COHORT,
  CohortTable,
  FIRST_MEMBER,
  FIRST_TAG,
  NEXT_MEMBER,
  NEXT_TAG,
  OF_COHORT,
  OLDER,
  OWNER,
  SPACE,
  TAG,
  TAGS,
} from './tags/cohort-table';
import { Deaths, type Soft } from './tags/deaths';
import type { Invalidation } from './tags/kills';
import { TagIds } from './tags/tag-ids';
import {
  FIRST_LINK,
  HARD_EPOCH,
  LIVE,
  NAME,
  SOFT_AT,
  SOFT_EPOCH,
  STAGGER_MS,
  type TagName,
  TagTable,
} from './tags/tag-table';

export type { Soft } from './tags/deaths';
export type { Invalidation } from './tags/kills';
export type { TagName } from './tags/tag-table';

/** Spaces (physical databases, from 0) that members are told apart by. */
const SPACES = 32;

export interface TagStats {
  tags: number;
  /** Tags that nobody carries, kept for their epochs. */
  idleTags: number;
  cohorts: number;
  members: number;
  links: number;
  pendingTags: number;
  pendingOwners: number;
  /** Fills that began before it are fenced, whatever their tags: records of idle tags had to be given up. 0: none. */
  floorEpoch: number;
  bytesUsed: number;
  bytesReserved: number;
}

/**
 * Which entries carry which tags. An entry is an opaque number, its owner; with tags it is a member of one cohort, and
 * the member's number is the caller's to keep (0: no tags).
 *
 * Invalidating a tag kills its cohorts: members learn it by looking at their cohort. With more cohorts than fit in one
 * slice the tag is pending: its members are dead at once, and `settle` brings the counts of other tags in order. Dead
 * members wait for `reclaim`.
 */
export class Tags {
  private readonly limits: TagLimits;
  private table!: TagTable;
  private cohorts!: CohortTable;
  private deaths!: Deaths;
  private set!: TagIds;
  /** Hears the name of every tag whose epoch is off the record. */
  onForgotten: (name: string) => void = () => {};
  /** Hears the tags of every hard invalidation, after it. */
  onInvalidated: (tags: readonly TagName[]) => void = () => {};
  private readonly membersIn = new Int32Array(SPACES);

  constructor(
    private readonly seed: number,
    limits: Partial<TagLimits> = {},
  ) {
    this.limits = { ...TAG_LIMITS, ...limits };
    this.reset();
  }

  // --- membership -----------------------------------------------------------------------------------------------------

  /** Throws Fault if an entry may not carry these tags (their number, the length of a name). */
  check(tags: readonly TagName[]): void {
    this.set.check(tags);
  }

  /**
   * The entry carries exactly these tags from now on; 0 if there are none. Throws Fault as `check` does, and when the
   * table of tags is full; nothing has changed then. Fencing is the caller's (`anyInvalidatedAfter`). `spared`: soft
   * invalidations of its tags do not kill it.
   */
  join(owner: number, tags: readonly TagName[], space = 0, spared = false): number {
    if (tags.length === 0) return 0;
    this.set.check(tags);
    this.set.begin(0);
    this.set.add(tags, spared);
    const cohort = this.cohortOfSet(space);
    this.cohorts.addLive(cohort, 1);
    this.membersIn[space]!++;
    return this.cohorts.addMember(cohort, owner);
  }

  /** The entry is gone, in whatever way; its member with it. */
  leave(member: number): void {
    if (member === 0) return;
    const { cohorts, deaths } = this;
    const cohort = this.cohortOf(member);
    this.membersIn[cohorts.cohorts.get(cohort, SPACE)]!--;
    if (deaths.isDead(member)) deaths.leave(member);
    else {
      cohorts.addLive(cohort, -1);
      if (cohorts.removeMember(member) === 0) deaths.dissolve(cohort);
    }
  }

  /** Whether one of its tags was invalidated since it joined. */
  isDead(member: number): boolean {
    return member !== 0 && this.deaths.isDead(member);
  }

  /** Of a dead member: the epoch of the invalidation that killed it, or of a later one of its tags. */
  deathOf(member: number): number {
    return this.deaths.deathOf(member);
  }

  /**
   * Changes the tags of a live member; returns it, or 0 if it has none left. A tag both added and removed is added.
   * Throws Fault as `join` does; nothing has changed then.
   */
  retag(member: number, add: readonly TagName[], remove: readonly TagName[]): number {
    invariant(member !== 0 && !this.isDead(member), 'retag of a member that is not alive');
    this.set.check(add);
    const { cohorts, set } = this;
    const from = this.cohortOf(member);
    const spared = this.isSpared(from);
    this.loadSet(from);
    set.without(remove, spared);
    set.add(add, spared);
    if (set.count === 0) {
      this.leave(member);
      return 0;
    }
    const to = this.cohortOfSet(cohorts.cohorts.get(from, SPACE));
    if (to === from) return member;
    cohorts.addLive(to, 1);
    cohorts.addLive(from, -1);
    if (cohorts.moveMember(member, to) === 0) this.deaths.dissolve(from);
    return member;
  }

  /** The number given to `invalidate` for the tag that killed it; 0 if it lives. */
  causeOf(member: number): number {
    return member === 0 ? 0 : this.deaths.causeOf(member);
  }

  /** How many tags it carries. */
  countOf(member: number): number {
    return member === 0 ? 0 : this.cohorts.cohorts.get(this.cohortOf(member), TAGS);
  }

  /** The entry whose membership it is. */
  ownerOf(member: number): number {
    return this.cohorts.members.get(member, OWNER);
  }

  /** Its tags' names, sorted; none if it is dead. */
  tagsOf(member: number): string[] {
    if (member === 0 || this.isDead(member)) return [];
    this.loadSet(this.cohortOf(member));
    const names: string[] = [];
    for (let i = 0; i < this.set.count; i++) names.push(this.table.name(this.set.ids[i]!));
    return names.sort();
  }

  /** Whether the live member carries the tag. */
  has(member: number, tag: TagName): boolean {
    if (member === 0 || this.isDead(member)) return false;
    const { links, cohorts } = this.cohorts;
    const plain = this.table.find(tag);
    const wanted = this.isSpared(this.cohortOf(member)) ? this.table.twinOf(plain) : plain;
    if (wanted === 0) return false;
    let link = cohorts.get(this.cohortOf(member), FIRST_TAG);
    while (link !== 0 && links.get(link, TAG) < wanted) link = links.get(link, NEXT_TAG);
    return link !== 0 && links.get(link, TAG) === wanted;
  }

  /** Owners of the live members that carry the tag, until `each` returns false. It may not change anything. */
  members(tag: TagName, each: (owner: number) => unknown): void {
    const id = this.table.find(tag);
    if (this.membersOf(id, each)) this.membersOf(this.table.twinOf(id), each);
  }

  /** The same for those that soft invalidations spare. */
  sparedMembers(tag: TagName, each: (owner: number) => unknown): void {
    this.membersOf(this.table.twinOf(this.table.find(tag)), each);
  }

  /** False if `each` ended it. */
  private membersOf(id: number, each: (owner: number) => unknown): boolean {
    const { cohorts, links, members } = this.cohorts;
    if (id === 0) return true;
    for (let link = this.table.slab.get(id, FIRST_LINK); link !== 0; link = links.get(link, OLDER)) {
      const cohort = links.get(link, OF_COHORT);
      if (this.deaths.isDoomed(cohort)) continue;
      let member = cohorts.get(cohort, FIRST_MEMBER);
      for (; member !== 0; member = members.get(member, NEXT_MEMBER)) {
        if (each(members.get(member, OWNER)) === false) return false;
      }
    }
    return true;
  }

  /** Members, live or dead. */
  get memberCount(): number {
    return this.cohorts.members.used;
  }

  // --- epochs and counts ----------------------------------------------------------------------------------------------

  /** Live members that carry the tag. Sure if `settled`; else members that died by another, pending tag may count. */
  live(tag: TagName): number {
    return this.liveOf(this.table.find(tag));
  }

  /** Those of them that soft invalidations spare. */
  liveSpared(tag: TagName): number {
    const twin = this.table.twinOf(this.table.find(tag));
    return twin === 0 ? 0 : this.table.slab.get(twin, LIVE);
  }

  private liveOf(id: number): number {
    const { slab } = this.table;
    const twin = this.table.twinOf(id);
    return (id === 0 ? 0 : slab.get(id, LIVE)) + (twin === 0 ? 0 : slab.get(twin, LIVE));
  }

  /** Epoch of the tag's last invalidation, 0 if none is on record. To judge a fill, ask `anyInvalidatedAfter`. */
  hardEpoch(tag: TagName): number {
    const id = this.table.find(tag);
    return id === 0 ? 0 : this.table.slab.getFloat(id, HARD_EPOCH);
  }

  softEpoch(tag: TagName): number {
    const id = this.table.find(tag);
    return id === 0 ? 0 : this.table.slab.getFloat(id, SOFT_EPOCH);
  }

  /**
   * The fence: whether what began at `epoch` and carries these tags is out of date. Soft invalidations count as well,
   * unless they spare it.
   */
  anyInvalidatedAfter(tags: readonly TagName[], epoch: number, spared = false): boolean {
    if (tags.length === 0) return false;
    if (this.table.floorEpoch > epoch) return true;
    for (const tag of tags) if (this.hardEpoch(tag) > epoch || (!spared && this.softEpoch(tag) > epoch)) return true;
    return false;
  }

  /** The soft invalidations later than `epoch` of these tags, the newest of each. */
  eachSoftAfter(tags: readonly TagName[], epoch: number, each: (atMs: number, staggerMs: number) => void): void {
    const { slab } = this.table;
    for (const tag of tags) {
      const id = this.table.find(tag);
      if (id === 0 || slab.getFloat(id, SOFT_EPOCH) <= epoch) continue;
      each(slab.getFloat(id, SOFT_AT), slab.get(id, STAGGER_MS));
    }
  }

  /** Calls `each` for about `budget` tags; returns the next cursor, 0 at the end. Tags may come and go meanwhile. */
  scan(cursor: number, budget: number, each: (name: string, live: number, hardEpoch: number) => void): number {
    const { slab } = this.table;
    const end = Math.min(slab.top, cursor + budget);
    for (let tag = cursor + 1; tag <= end; tag++) {
      if (slab.get(tag, NAME) > 0) each(this.table.name(tag), this.liveOf(tag), slab.getFloat(tag, HARD_EPOCH));
    }
    return end === slab.top ? 0 : end;
  }

  // --- invalidation ---------------------------------------------------------------------------------------------------

  /**
   * Kills every member that carries one of the tags, and notes the epoch also for tags that nobody carries. Throws Fault
   * if a name is too long; nothing has changed then. `died` counts distinct live members and is exact at once, unless
   * `exact` is false: then `settle` until it is true, and read `died` again. `cause`: the caller's number for the first
   * tag, the others have the following ones; `causeOf` tells it of the dead.
   */
  invalidate(tags: readonly TagName[], epoch: number, cause = 0): Invalidation {
    for (const tag of tags) this.table.checkLength(tag);
    const invalidation = this.deaths.invalidate(tags, epoch, cause, null);
    this.onInvalidated(tags);
    return invalidation;
  }

  /** The same, but members that were joined as `spared` stay: what becomes of them is the caller's to say. */
  invalidateSoftly(tags: readonly TagName[], epoch: number, soft: Soft, cause = 0): Invalidation {
    for (const tag of tags) this.table.checkLength(tag);
    const invalidation = this.deaths.invalidate(tags, epoch, cause, soft);
    this.onInvalidated(tags);
    return invalidation;
  }

  /** At boot: an invalidation that was on record. */
  loadEpoch(tag: TagName, epoch: number, soft: Soft | null = null): void {
    const { table } = this;
    table.checkLength(tag);
    const id = table.intern(tag);
    if (id === 0) {
      table.raiseFloor(epoch);
      return;
    }
    if (soft !== null) table.setSoft(id, epoch, soft.atMs, soft.staggerMs);
    table.stamp(id, soft === null ? HARD_EPOCH : SOFT_EPOCH, epoch);
  }

  /** Whether no invalidation waits for `settle`. */
  get settled(): boolean {
    return this.deaths.kills.pendingTags === 0;
  }

  /** Settles about `budget` links, oldest invalidation first; whether all is settled. */
  settle(budget: number): boolean {
    return this.deaths.settle(budget);
  }

  /** Dead members that wait to be reclaimed. Sure if at most one tag is pending; else an upper bound. */
  get pendingOwners(): number {
    return this.deaths.unreclaimed;
  }

  /** The same for one space. Sure if `settled`; else only those that are settled so far. */
  pendingIn(space: number): number {
    return this.deaths.buriedIn[space]!;
  }

  /**
   * Hands out at most `budget` dead owners; `each` must remove the entry, whose `leave` ends the membership. Whether none
   * is left, also none that is not settled yet.
   */
  reclaim(budget: number, each: (owner: number) => void): boolean {
    const { cohorts } = this;
    for (let left = budget; cohorts.firstDead !== 0; left--) {
      if (left <= 0) return false;
      const before = cohorts.members.used;
      each(cohorts.members.get(cohorts.cohorts.get(cohorts.firstDead, FIRST_MEMBER), OWNER));
      invariant(cohorts.members.used < before, 'an owner was reclaimed and did not leave');
    }
    return this.settled;
  }

  /**
   * Nothing that began before `epoch` is under way or rests in any layer: drops records that only such could ask for, at
   * most `budget` of them; whether none is left.
   */
  forget(epoch: number, budget = 1_000): boolean {
    return this.table.forget(epoch, budget);
  }

  /** Drops everything at once, members and records; what began before `epoch` and carries any tag is fenced from now on. */
  clear(epoch: number): void {
    const floor = Math.max(epoch, this.table.floorEpoch);
    this.reset();
    this.table.raiseFloor(floor);
  }

  stats(): TagStats {
    const { table, cohorts, deaths } = this;
    return {
      tags: table.slab.used - table.twins,
      idleTags: table.idle,
      cohorts: cohorts.cohorts.used,
      members: cohorts.members.used,
      links: cohorts.links.used,
      pendingTags: deaths.kills.pendingTags,
      pendingOwners: deaths.unreclaimed,
      floorEpoch: table.floorEpoch,
      bytesUsed: table.bytesUsed + cohorts.bytesUsed,
      bytesReserved: table.bytesReserved + cohorts.bytesReserved,
    };
  }

  /** Throws BrokenInvariant if records, links and counts disagree. Visits everything. */
  audit(): void {
    auditTags(this.table, this.cohorts, this.deaths, this.membersIn);
  }

  // --- inside ---------------------------------------------------------------------------------------------------------

  private reset(): void {
    this.table = new TagTable(this.seed, this.limits);
    this.cohorts = new CohortTable(this.table);
    this.deaths = new Deaths(this.table, this.cohorts, SPACES, this.limits.settleAtOnceLinks);
    this.set = new TagIds(this.table, this.limits);
    this.table.forgotten = (name) => this.onForgotten(name);
    this.membersIn.fill(0);
  }

  private cohortOf(member: number): number {
    return this.cohorts.members.get(member, COHORT);
  }

  private isSpared(cohort: number): boolean {
    const first = this.cohorts.cohorts.get(cohort, FIRST_TAG);
    return first !== 0 && this.table.isTwin(this.cohorts.links.get(first, TAG));
  }

  private loadSet(cohort: number): void {
    this.cohorts.tagsOf(cohort, this.set.begin(this.cohorts.cohorts.get(cohort, TAGS)));
  }

  /** The cohort of the tags in `set` that nothing has killed. */
  private cohortOfSet(space: number): number {
    const { cohorts, deaths } = this;
    const { ids, count } = this.set;
    const found = cohorts.find(ids, count, space);
    if (found !== 0 && !deaths.isDoomed(found)) return found;
    // Made before the doomed one is buried, so that no tag of theirs is left without a link and dropped.
    const fresh = cohorts.create(ids, count, space, deaths.sequence);
    if (found !== 0) deaths.bury(found);
    return fresh;
  }
}
