import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function fenceStats({ engine, config }: Sources): Fields {
  const { core, misses, gathering } = engine;
  const { counters, changes } = core;
  return fields({
    fenced_fills: counters.fencedFills,
    fenced_loads: counters.fencedLoads,
    fenced_leases: counters.fencedLeases,
    fenced_after_miss: counters.fencedMisses,
    connections_with_misses: misses.size,
    keys_max: config.fenceKeysMax,
    invalidations_waiting: gathering.length,
    bytes: misses.bytesUsed + changes.bytesUsed,
  });
}
