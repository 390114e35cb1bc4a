import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function leasesStats({ engine, config }: Sources): Fields {
  const { counters } = engine.core;
  return fields({
    leases: engine.leases.size,
    leases_max: config.leasesMax,
    waiters: engine.leases.waiters,
    waiters_max: config.leaseWaitersMax,
    hits: counters.leaseHits,
    stale: counters.leaseStaleHits,
    won: counters.leasesWon,
    waited: counters.leaseWaits,
    waited_in_vain: counters.leaseWaitTimeouts,
    stored: counters.leasesStored,
    lost: counters.leasesVoided,
    expired: counters.leasesExpired,
    abandoned: counters.leasesAbandoned,
  });
}
