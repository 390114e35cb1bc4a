import { LOSSES } from '../../engine/counters';
import type { WindowName } from '../api';
import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

/** By what became of the key, as far as that is remembered: 'absent' is never seen, or forgotten. */
export function missesStats({ engine, monitoring }: Sources, window?: WindowName): Fields {
  if (window !== undefined) {
    const { misses, missesTotal } = monitoring.window(window);
    return fields({ total: missesTotal, ...misses });
  }
  const { counters } = engine.core;
  const byReason = Object.fromEntries(LOSSES.map((reason, i) => [reason, counters.misses[i]!]));
  return fields({ total: counters.missesTotal, ...byReason });
}
