import { invariant } from '../../base/fault';
import {
  BIRTH,
  COHORT,
  type CohortTable,
  DEAD,
  FIRST_MEMBER,
  FIRST_TAG,
  MEMBERS,
  NEXT_MEMBER,
  NEXT_TAG,
  OF_COHORT,
  OLDER,
  PREV_MEMBER,
  SPACE,
  TAG,
  TAGS,
  YOUNGER,
} from './cohort-table';
import type { Deaths } from './deaths';
import { FIRST_LINK, KILL, LAST_LINK, LIVE, NAME, PREV, type TagTable, TWIN } from './tag-table';

/** Checks every record, link and count against the others; throws BrokenInvariant. */
export function auditTags(table: TagTable, cohorts: CohortTable, deaths: Deaths, membersIn: Int32Array): void {
  auditCohorts(table, cohorts, deaths, membersIn);
  auditDead(cohorts, deaths);
  auditTable(table, cohorts, deaths);
  auditIdle(table);
}

/** Members, spaces and the tags of each cohort, and who is dead. */
function auditCohorts(table: TagTable, all: CohortTable, deaths: Deaths, membersIn: Int32Array): void {
  const { cohorts, links, members } = all;
  const inSpace = new Int32Array(membersIn.length);
  const found = { cohorts: 0, members: 0, links: 0, dead: 0 };
  for (let cohort = 1; cohort <= cohorts.top; cohort++) {
    const count = cohorts.get(cohort, MEMBERS);
    if (!(count > 0)) continue;
    found.cohorts++;
    found.members += auditMembers(all, cohort);
    inSpace[cohorts.get(cohort, SPACE)]! += count;
    const isDead = cohorts.get(cohort, DEAD) !== 0;
    invariant(isDead || cohorts.getFloat(cohort, BIRTH) <= deaths.sequence, `cohort ${cohort} is of the future`);
    const strikes = isDead ? 1 : auditTagsOf(table, all, cohort);
    found.dead += strikes * count;
    found.links += cohorts.get(cohort, DEAD) !== 0 ? 0 : cohorts.get(cohort, TAGS);
  }
  invariant(found.cohorts === cohorts.used, `${cohorts.used} cohorts, found ${found.cohorts}`);
  invariant(found.members === members.used, `${members.used} members, found ${found.members}`);
  invariant(found.links === links.used, `${links.used} links, found ${found.links}`);
  invariant(found.dead === deaths.unreclaimed, `${deaths.unreclaimed} unreclaimed, found ${found.dead}`);
  inSpace.forEach((count, space) => {
    invariant(count === membersIn[space], `${membersIn[space]} members in space ${space}, found ${count}`);
  });
}

/** How many of the cohort's tags killed it, though it is not buried. */
function auditTagsOf(table: TagTable, all: CohortTable, cohort: number): number {
  const ids = new Int32Array(all.cohorts.get(cohort, TAGS) + 1);
  const tags = all.tagsOf(cohort, ids);
  const space = all.cohorts.get(cohort, SPACE);
  invariant(tags > 0 && tags === all.cohorts.get(cohort, TAGS), `cohort ${cohort} lost tags`);
  invariant(all.find(ids, tags, space) === cohort, `cohort ${cohort} is not found`);
  let strikes = 0;
  for (let i = 0; i < tags; i++) {
    invariant(i === 0 || ids[i]! > ids[i - 1]!, `tags of cohort ${cohort} are not sorted`);
    if (table.slab.getFloat(ids[i]!, KILL) > all.cohorts.getFloat(cohort, BIRTH)) strikes++;
  }
  return strikes;
}

function auditMembers({ cohorts, members }: CohortTable, cohort: number): number {
  let count = 0;
  let prev = 0;
  for (let member = cohorts.get(cohort, FIRST_MEMBER); member !== 0; member = members.get(member, NEXT_MEMBER)) {
    invariant(members.get(member, COHORT) === cohort, `member ${member} is in another cohort than ${cohort}`);
    invariant(members.get(member, PREV_MEMBER) === prev, `member ${member} has a wrong neighbour`);
    prev = member;
    count++;
  }
  invariant(count === cohorts.get(cohort, MEMBERS), `cohort ${cohort} miscounts its members`);
  return count;
}

function auditDead(all: CohortTable, { buriedIn }: Deaths): void {
  const { cohorts } = all;
  const inSpace = new Int32Array(buriedIn.length);
  let queued = 0;
  for (let cohort = all.firstDead; cohort !== 0; cohort = all.nextDead(cohort)) {
    invariant(cohorts.get(cohort, FIRST_TAG) === 0, `dead cohort ${cohort} has tags`);
    invariant(cohorts.get(cohort, DEAD) !== 0, `live cohort ${cohort} waits to be reclaimed`);
    invariant(++queued <= cohorts.used, 'the reclaim queue runs in a circle');
    inSpace[cohorts.get(cohort, SPACE)]! += cohorts.get(cohort, MEMBERS);
  }
  inSpace.forEach((count, space) => {
    invariant(count === buriedIn[space], `${buriedIn[space]} buried in space ${space}, found ${count}`);
  });
}

function auditTable(table: TagTable, cohorts: CohortTable, { kills }: Deaths): void {
  const { slab } = table;
  let pending = 0;
  let found = 0;
  let twins = 0;
  for (let tag = 1; tag <= slab.top; tag++) {
    const named = slab.get(tag, NAME) > 0;
    if (!named && !isTwin(table, tag)) continue;
    found++;
    if (!named) twins++;
    else invariant(table.find(table.name(tag)) === tag, `tag ${tag} is not found`);
    const live = auditLinks(table, cohorts, tag);
    invariant(live === slab.get(tag, LIVE), `tag ${tag} has ${slab.get(tag, LIVE)} live, found ${live}`);
    if (kills.of(tag).length > 0) pending++;
    const newest = kills.of(tag).at(-1)?.sequence ?? 0;
    invariant(newest === slab.getFloat(tag, KILL), `tag ${tag} and its kills disagree`);
    const kept = named ? table.isCarried(tag) || table.hasEpoch(tag) : slab.get(tag, FIRST_LINK) !== 0;
    invariant(kept, `tag ${tag} has neither link nor epoch`);
  }
  invariant(pending === kills.pendingTags, `${kills.pendingTags} tags are pending, found ${pending}`);
  invariant(found === slab.used, `${slab.used} tags, found ${found}`);
  invariant(twins === table.twins, `${table.twins} twins, found ${twins}`);
}

/** A free record has neither name nor somebody that leads back to it. */
function isTwin({ slab }: TagTable, record: number): boolean {
  const of = slab.get(record, TWIN);
  return of > 0 && slab.get(of, NAME) > 0 && slab.get(of, TWIN) === record;
}

/** Checks the tag's list of cohorts; returns the members that did not die by this tag. */
function auditLinks(table: TagTable, { cohorts, links }: CohortTable, tag: number): number {
  const kill = table.slab.getFloat(tag, KILL);
  let live = 0;
  let younger = 0;
  let birth = Number.POSITIVE_INFINITY;
  for (let link = table.slab.get(tag, FIRST_LINK); link !== 0; link = links.get(link, OLDER)) {
    const cohort = links.get(link, OF_COHORT);
    invariant(links.get(link, TAG) === tag, `link ${link} is another tag's than ${tag}`);
    invariant(links.get(link, YOUNGER) === younger, `link ${link} has a wrong neighbour`);
    invariant(cohorts.getFloat(cohort, BIRTH) <= birth, `cohorts of tag ${tag} are not in order of birth`);
    invariant(holds(cohorts.get(cohort, FIRST_TAG), link, links), `cohort ${cohort} lost a link of tag ${tag}`);
    birth = cohorts.getFloat(cohort, BIRTH);
    if (birth >= kill) live += cohorts.get(cohort, MEMBERS);
    younger = link;
  }
  invariant(younger === table.slab.get(tag, LAST_LINK), `tag ${tag} lost its last link`);
  return live;
}

function holds(first: number, wanted: number, links: CohortTable['links']): boolean {
  let link = first;
  while (link !== 0 && link !== wanted) link = links.get(link, NEXT_TAG);
  return link === wanted;
}

function auditIdle(table: TagTable): void {
  let idle = 0;
  let prev = 0;
  for (let tag = table.nextIdle(); tag !== 0; tag = table.nextIdle(tag)) {
    invariant(table.slab.get(tag, PREV) === prev, `idle tag ${tag} has a wrong neighbour`);
    invariant(!table.isCarried(tag) && table.hasEpoch(tag), `tag ${tag} is not idle`);
    invariant(++idle <= table.idle, 'more tags are idle than counted');
    prev = tag;
  }
  invariant(idle === table.idle, `${table.idle} idle tags, found ${idle}`);
}
