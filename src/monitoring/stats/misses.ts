import { LOSSES } from '../../engine/counters';
import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

/** By what became of the key, as far as that is remembered: 'absent' is never seen, or forgotten. */
export function missesStats({ engine }: Sources): Fields {
  const { counters } = engine.core;
  const byReason = Object.fromEntries(LOSSES.map((reason, i) => [reason, counters.misses[i]!]));
  return fields({ total: counters.missesTotal, ...byReason });
}
