import type { SourceState } from '../../engine/quiet-loads';
import { type Fields, fields, fraction } from '../fields';
import type { Sources } from '../sources';
import { latencyFields } from './percentiles';

/** Loads as a whole, what became of them, and each source as it is. Names of sources are the configuration's. */
export function originStats({ engine, monitoring }: Sources): Fields {
  const { counters } = engine.core;
  const { filling } = engine;
  const { underWay, waiters } = filling.stats;
  filling.settle();
  const { saved, layers } = monitoring.totals();
  return fields({
    loads: counters.loads,
    failures: counters.loadFailures,
    calls: counters.loadCalls,
    coalesced: counters.loadsCoalesced,
    saved_calls: counters.loadsCoalesced + counters.loads - counters.loadCalls + counters.negativeHits,
    saved_ms: fraction(filling.savedMs, 3),
    saved_by_hits_calls: saved.calls,
    saved_by_hits_ms: fraction(saved.ms, 1),
    refused: counters.loadsRefused,
    backed_off: counters.loadsBackedOff,
    fenced: counters.fencedFills,
    nulls_for_failures: counters.nullsForFailures,
    stale_served: counters.staleHits,
    stale_on_error: counters.staleOnError,
    soft_timeouts: counters.softTimeouts,
    negative_hits: counters.negativeHits,
    negative_keys: filling.negatives.size,
    refreshes: counters.refreshes,
    refreshes_ahead: counters.refreshesAhead,
    refreshes_changed: counters.refreshesChanged,
    refreshes_unchanged: counters.refreshesUnchanged,
    refreshes_used: counters.refreshesUsed,
    refreshes_wasted: counters.refreshesWasted,
    kept_stale: counters.refreshFailures,
    validators: filling.facts.size,
    under_way: underWay,
    waiting: waiters,
    mean_ms: fraction(counters.loadMs / counters.loads, 3),
    ...latencyFields(layers.find(({ layer }) => layer === 'origin')!.latency),
    sources: new Map(filling.sourceStates().map((state) => [state.name, sourceStats(state)])),
  });
}

function sourceStats(state: SourceState): Fields {
  return fields({
    kind: state.kind,
    breaker: state.breaker,
    retry_in_ms: state.retryInMs,
    running: state.running,
    quiet_running: state.quietRunning,
    waiting: state.waiting,
    calls: state.calls,
    keys: state.keys,
    failures: state.failures,
    refused: state.refused,
    coalesced: state.coalesced,
    mean_ms: fraction(state.meanMs, 3),
    p50_ms: fraction(state.p50Ms, 3),
    p99_ms: fraction(state.p99Ms, 3),
    capacity_per_second: fraction(state.capacityPerSecond, 1),
    last_failure: state.lastFailure,
  });
}
