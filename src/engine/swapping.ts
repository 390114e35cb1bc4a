import { bytesOf, copyOf, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import { BOUND } from '../layers/memory/record';
import type { Core } from './core';

/** Slots visited by one step of the walk. */
const STEP = 4096;

interface BoundEntry {
  slot: number;
  physical: number;
  key: Buffer;
  sources: string[];
}

/**
 * SWAPDB. Declared edges belong to a database's number and stay; edges bound to values go with their values. That takes a
 * walk over all entries, in one go, where there are such edges at all.
 */
export function swapDatabases(core: Core, a: number, b: number): void {
  const bound = core.graph.stats().boundEdges > 0 ? boundEntries(core, [core.dbs.of(a), core.dbs.of(b)]) : [];
  for (const { slot, physical, key } of bound) core.sources.unbind(slot, physical, bytesOf(key));
  core.dbs.swap(a, b);
  core.losses.swap(a, b);
  for (const { slot, physical, key, sources } of bound) {
    try {
      core.sources.bind(slot, physical, bytesOf(key), sources);
    } catch (refused) {
      // A cycle with what is declared over there: such a value cannot be kept true.
      if (!(refused instanceof Fault)) throw refused;
      core.counters.evicted++;
      core.remove(slot, 'evicted');
    }
  }
  core.disk?.dbMap(core.dbs.physical);
}

function boundEntries(core: Core, databases: readonly number[]): BoundEntry[] {
  const { memory } = core;
  const span = new Span(Buffer.alloc(0));
  const found: BoundEntry[] = [];
  let cursor = 0;
  do {
    cursor = memory.scan(cursor, STEP, (slot) => {
      const physical = memory.dbOf(slot);
      if (!memory.flag(slot, BOUND) || !databases.includes(physical)) return;
      const sources = core.sources.of(slot);
      found.push({ slot, physical, key: copyOf(memory.keyView(slot, span)), sources });
    });
  } while (cursor !== 0);
  return found;
}
