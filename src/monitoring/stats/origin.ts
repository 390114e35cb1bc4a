import { type Fields, fields, fraction } from '../fields';
import type { Sources } from '../sources';

export function originStats({ engine }: Sources): Fields {
  const { counters } = engine.core;
  const { underWay, waiters, warmQueue } = engine.filling.stats;
  return fields({
    loads: counters.loads,
    failures: counters.loadFailures,
    coalesced: counters.loadsCoalesced,
    refused: counters.loadsRefused,
    fenced: counters.fencedFills,
    refreshes: counters.refreshes,
    kept_stale: counters.refreshFailures,
    under_way: underWay,
    waiting: waiters,
    mean_ms: fraction(counters.loadMs / counters.loads, 3),
    warm_queue: warmQueue,
    warm_queued: counters.warmQueued,
    warm_loaded: counters.warmLoaded,
  });
}
