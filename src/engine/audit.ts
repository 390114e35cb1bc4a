import { Span } from '../base/bytes';
import { invariant } from '../base/fault';
import { BOUND, ON_DISK } from '../layers/memory/record';
import type { Core } from './core';

const ALL = Number.MAX_SAFE_INTEGER;

/**
 * Checks every invariant between the engine's parts; each part checks its own first. Throws BrokenInvariant. For tests: it
 * walks everything.
 */
export function auditEngine(core: Core): void {
  core.memory.audit();
  core.tags.audit();
  core.graph.audit();
  core.graces.audit();
  const { memory, tags, dbs } = core;
  const key = new Span(Buffer.alloc(0));
  let tied = 0;
  let graceful = 0;
  const check = (slot: number) => {
    const db = memory.dbOf(slot);
    invariant(dbs.logicalOf(db) >= 0 || dbs.isDying(db), 'an entry is in a database that is neither in use nor dying');
    memory.keyView(slot, key);
    const member = core.memberOf(slot);
    if (memory.tie(slot) < 0) graceful++;
    if (member !== 0) {
      tied++;
      invariant(tags.ownerOf(member) === slot, 'an entry and its tag membership disagree');
    }
    invariant(core.isResident(slot) || memory.flag(slot, ON_DISK), 'a stub has no row on disk');
    invariant(core.disk !== null || !memory.flag(slot, ON_DISK), 'an entry is on disk, but there is no disk');
    // A flushed entry's edges may have gone with those of its successor; FLUSHALL takes them at once, the entries in slices.
    if (memory.flag(slot, BOUND) && !dbs.isDying(db)) {
      invariant(core.graph.hasNode(dbs.numberOf(db), key), 'an entry is bound to sources that the graph does not know');
    }
  };
  let cursor = 0;
  do cursor = memory.scan(cursor, ALL, check);
  while (cursor !== 0);
  invariant(graceful === core.graces.size, 'grace records outlived their entries');
  invariant(tied === tags.memberCount, 'tag memberships outlived their entries');
}
