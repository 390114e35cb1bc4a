import { CHAIN, HASH, HashIndex } from '../../base/offheap/hash-index';
import { Slab } from '../../base/offheap/slab';
import { FIRST_LINK, LAST_LINK, LIVE as TAG_LIVE, type TagTable } from './tag-table';

// Words of a cohort. While it is dead, HASH and CHAIN are its neighbours in the reclaim queue.
export const MEMBERS = 2;
export const FIRST_MEMBER = 3;
/** Invalidations counted when it was made; those after it may kill it. */
export const BIRTH = 4;
/** Once it is dead, in the place of BIRTH: the caller's number for what killed it. */
export const CAUSE = BIRTH;
/** Links to its tags, in ascending order of tag; none once it is dead. */
export const FIRST_TAG = 6;
export const TAGS = 7;
export const DEAD = 8;
export const SPACE = 9;
const COHORT_WORDS = 10;
const QUEUE_PREV = HASH;
const QUEUE_NEXT = CHAIN;

// Words of a link between a tag and a cohort.
export const YOUNGER = 0;
/** The tag's next cohort, not younger. */
export const OLDER = 1;
export const TAG = 2;
export const OF_COHORT = 3;
export const NEXT_TAG = 4;
const LINK_WORDS = 6;

// Words of a member.
export const OWNER = 0;
export const COHORT = 1;
export const PREV_MEMBER = 2;
export const NEXT_MEMBER = 3;
const MEMBER_WORDS = 4;

function hashTags(tags: Int32Array, count: number, space: number): number {
  let h = space ^ count;
  for (let i = 0; i < count; i++) {
    h = Math.imul(h ^ Math.imul(tags[i]!, 0xcc9e2d51), 0x1b873593);
    h ^= h >>> 15;
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}

/**
 * Cohorts: the entries that carry exactly the same tags (in the same space) and are not invalidated. A tag hangs on few
 * cohorts even if a million entries carry it, so killing them is work for cohorts, not for entries.
 */
export class CohortTable {
  readonly cohorts = new Slab(COHORT_WORDS);
  readonly links = new Slab(LINK_WORDS);
  readonly members = new Slab(MEMBER_WORDS);
  /** First and last dead cohort that still has members. */
  firstDead = 0;
  private lastDead = 0;
  private readonly index = new HashIndex(this.cohorts);

  constructor(private readonly table: TagTable) {}

  get bytesUsed(): number {
    return this.cohorts.bytesUsed + this.links.bytesUsed + this.members.bytesUsed;
  }

  get bytesReserved(): number {
    const { cohorts, links, members, index } = this;
    return cohorts.bytesReserved + links.bytesReserved + members.bytesReserved + index.bytesReserved;
  }

  /** The cohort with exactly these tags (ascending, distinct), or 0. */
  find(tags: Int32Array, count: number, space: number): number {
    const { cohorts } = this;
    const hash = hashTags(tags, count, space);
    for (let cohort = this.index.first(hash); cohort !== 0; cohort = cohorts.get(cohort, CHAIN)) {
      if (cohorts.get(cohort, HASH) === hash && this.isOf(cohort, tags, count, space)) return cohort;
    }
    return 0;
  }

  /** A cohort without members yet, linked to its tags as their youngest. */
  create(tags: Int32Array, count: number, space: number, birth: number): number {
    const { cohorts } = this;
    const cohort = cohorts.allocate();
    const hash = hashTags(tags, count, space);
    cohorts.set(cohort, HASH, hash);
    cohorts.setFloat(cohort, BIRTH, birth);
    cohorts.set(cohort, TAGS, count);
    cohorts.set(cohort, SPACE, space);
    for (let i = count - 1; i >= 0; i--) this.link(tags[i]!, cohort);
    this.index.insert(hash, cohort);
    return cohort;
  }

  addMember(cohort: number, owner: number): number {
    const member = this.members.allocate();
    this.members.set(member, OWNER, owner);
    this.attach(member, cohort);
    return member;
  }

  /** How many members the cohort has left. */
  removeMember(member: number): number {
    const left = this.detach(member);
    this.members.free(member);
    return left;
  }

  /** Into another cohort; how many members the old one has left. */
  moveMember(member: number, cohort: number): number {
    const left = this.detach(member);
    this.attach(member, cohort);
    return left;
  }

  addLive(cohort: number, by: number): void {
    const { links } = this;
    const { slab } = this.table;
    for (let link = this.cohorts.get(cohort, FIRST_TAG); link !== 0; link = links.get(link, NEXT_TAG)) {
      const tag = links.get(link, TAG);
      slab.set(tag, TAG_LIVE, slab.get(tag, TAG_LIVE) + by);
    }
  }

  /** Fills in the cohort's tags, ascending; how many. `into` is large enough. */
  tagsOf(cohort: number, into: Int32Array): number {
    const { links } = this;
    let count = 0;
    for (let link = this.cohorts.get(cohort, FIRST_TAG); link !== 0; link = links.get(link, NEXT_TAG)) {
      into[count++] = links.get(link, TAG);
    }
    return count;
  }

  /** Takes the cohort out of the index and off its tags; `each` hears which tag lost a link. */
  unlink(cohort: number, each: (tag: number) => void): void {
    const { cohorts, links } = this;
    this.index.remove(cohorts.get(cohort, HASH), cohort);
    let link = cohorts.get(cohort, FIRST_TAG);
    cohorts.set(cohort, FIRST_TAG, 0);
    while (link !== 0) {
      const next = links.get(link, NEXT_TAG);
      const tag = links.get(link, TAG);
      this.unlinkTag(tag, link);
      links.free(link);
      each(tag);
      link = next;
    }
  }

  /** An unlinked cohort waits for its members to be reclaimed. */
  enqueueDead(cohort: number): void {
    const { cohorts } = this;
    cohorts.set(cohort, DEAD, 1);
    cohorts.set(cohort, QUEUE_PREV, this.lastDead);
    cohorts.set(cohort, QUEUE_NEXT, 0);
    if (this.lastDead === 0) this.firstDead = cohort;
    else cohorts.set(this.lastDead, QUEUE_NEXT, cohort);
    this.lastDead = cohort;
  }

  dequeueDead(cohort: number): void {
    const { cohorts } = this;
    const prev = cohorts.get(cohort, QUEUE_PREV);
    const next = cohorts.get(cohort, QUEUE_NEXT);
    if (prev === 0) this.firstDead = next;
    else cohorts.set(prev, QUEUE_NEXT, next);
    if (next === 0) this.lastDead = prev;
    else cohorts.set(next, QUEUE_PREV, prev);
  }

  nextDead(cohort: number): number {
    return this.cohorts.get(cohort, QUEUE_NEXT);
  }

  private isOf(cohort: number, tags: Int32Array, count: number, space: number): boolean {
    const { cohorts, links } = this;
    if (cohorts.get(cohort, TAGS) !== count || cohorts.get(cohort, SPACE) !== space) return false;
    let link = cohorts.get(cohort, FIRST_TAG);
    for (let i = 0; i < count; i++) {
      if (links.get(link, TAG) !== tags[i]) return false;
      link = links.get(link, NEXT_TAG);
    }
    return true;
  }

  /** Called in descending order of tag, so that the cohort's list is ascending. */
  private link(tag: number, cohort: number): void {
    const { cohorts, links } = this;
    const { slab } = this.table;
    const link = links.allocate();
    links.set(link, TAG, tag);
    links.set(link, OF_COHORT, cohort);
    links.set(link, NEXT_TAG, cohorts.get(cohort, FIRST_TAG));
    cohorts.set(cohort, FIRST_TAG, link);
    const older = slab.get(tag, FIRST_LINK);
    if (older === 0) {
      this.table.revive(tag);
      slab.set(tag, LAST_LINK, link);
    } else {
      links.set(link, OLDER, older);
      links.set(older, YOUNGER, link);
    }
    slab.set(tag, FIRST_LINK, link);
  }

  private unlinkTag(tag: number, link: number): void {
    const { links } = this;
    const { slab } = this.table;
    const younger = links.get(link, YOUNGER);
    const older = links.get(link, OLDER);
    if (younger === 0) slab.set(tag, FIRST_LINK, older);
    else links.set(younger, OLDER, older);
    if (older === 0) slab.set(tag, LAST_LINK, younger);
    else links.set(older, YOUNGER, younger);
  }

  private attach(member: number, cohort: number): void {
    const { cohorts, members } = this;
    const next = cohorts.get(cohort, FIRST_MEMBER);
    members.set(member, COHORT, cohort);
    members.set(member, PREV_MEMBER, 0);
    members.set(member, NEXT_MEMBER, next);
    if (next !== 0) members.set(next, PREV_MEMBER, member);
    cohorts.set(cohort, FIRST_MEMBER, member);
    cohorts.set(cohort, MEMBERS, cohorts.get(cohort, MEMBERS) + 1);
  }

  private detach(member: number): number {
    const { cohorts, members } = this;
    const cohort = members.get(member, COHORT);
    const prev = members.get(member, PREV_MEMBER);
    const next = members.get(member, NEXT_MEMBER);
    if (prev === 0) cohorts.set(cohort, FIRST_MEMBER, next);
    else members.set(prev, NEXT_MEMBER, next);
    if (next !== 0) members.set(next, PREV_MEMBER, prev);
    const left = cohorts.get(cohort, MEMBERS) - 1;
    cohorts.set(cohort, MEMBERS, left);
    return left;
  }
}
