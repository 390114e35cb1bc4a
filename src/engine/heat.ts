import { Span } from '../base/bytes';
import { HITS_MAX, ON_DISK } from '../layers/memory/record';
import type { Core } from './core';

/** Keys remembered over a restart. */
const HEAT_KEYS_MAX = 200_000;
/** Slots visited by one step of the walk. */
const STEP = 4096;

/**
 * The most used entries that rest on disk, hottest first, at most HEAT_KEYS_MAX: after a start their values come back to
 * memory first. Counted by hits in one walk, collected in a second. `each` must copy the key.
 */
export function eachHottest(core: Core, each: (db: number, key: Span) => void): void {
  const { memory } = core;
  const byHits = new Uint32Array(HITS_MAX + 1);
  walk(core, (slot) => byHits[memory.hits(slot)]!++);
  let least = HITS_MAX;
  for (let sum = byHits[least]!; least > 0 && sum + byHits[least - 1]! <= HEAT_KEYS_MAX; sum += byHits[least]!) least--;
  const levels = new Map<number, number[]>();
  walk(core, (slot) => {
    const hits = memory.hits(slot);
    if (hits < least) return;
    const level = levels.get(hits);
    if (level === undefined) levels.set(hits, [slot]);
    else level.push(slot);
  });
  const span = new Span(Buffer.alloc(0));
  for (const hits of [...levels.keys()].sort((a, b) => b - a)) {
    for (const slot of levels.get(hits)!) each(memory.dbOf(slot), memory.keyView(slot, span));
  }
}

function walk(core: Core, each: (slot: number) => void): void {
  const { memory } = core;
  let cursor = 0;
  do {
    cursor = memory.scan(cursor, STEP, (slot) => {
      if (memory.flag(slot, ON_DISK) && core.isLive(slot)) each(slot);
    });
  } while (cursor !== 0);
}
