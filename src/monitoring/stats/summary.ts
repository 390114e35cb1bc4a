import type { Figures, WindowFigures, WindowName } from '../api';
import { type Fields, fields, fraction } from '../fields';
import { ratingOf } from '../rating';
import { entriesOf, hitsOf, type Sources, usedBytesOf } from '../sources';
import { diskFactsOf } from './disk-facts';
import { latencyFields } from './percentiles';

export function summaryStats(sources: Sources, window?: WindowName): Fields {
  return window === undefined ? sinceStart(sources) : over(sources, sources.monitoring.window(window));
}

function sinceStart(sources: Sources): Fields {
  const { engine, identity, clock, traffic, sampler, clients, monitoring } = sources;
  const totals = monitoring.totals();
  const { counters, memory } = engine.core;
  const hits = hitsOf(sources);
  return fields({
    uptime_seconds: Math.floor((clock.now - identity.startedAtMs) / 1000),
    clients: clients().connected,
    commands: traffic.commandsProcessed,
    commands_per_second: Math.round(sampler.commands.perSecond),
    gets: counters.gets,
    hits,
    stale_hits: counters.staleHits,
    misses: counters.missesTotal,
    hit_rate: fraction(hits / counters.gets),
    rating: ratingOf(hits, counters.gets),
    sets: counters.sets,
    deletes: counters.deletes,
    entries: entriesOf(engine),
    memory_used_bytes: usedBytesOf(engine),
    memory_max_bytes: memory.maxMemoryBytes,
    disk_rows: diskFactsOf(engine).rows,
    expired: counters.expired,
    evicted: counters.evicted,
    invalidations: counters.invalidations,
    invalidated_entries: counters.invalidatedEntries,
    loads: counters.loads,
    errors: sources.errors.total,
    ...measured(totals),
  });
}

function over({ engine, clients }: Sources, figures: WindowFigures): Fields {
  const { commands, seconds, gets, hits } = figures;
  return fields({
    window: figures.window,
    seconds: fraction(seconds, 1),
    clients: clients().connected,
    commands,
    commands_per_second: Math.round(seconds === 0 ? 0 : commands / seconds),
    gets,
    hits,
    stale_hits: figures.staleHits,
    misses: figures.missesTotal,
    hit_rate: fraction(figures.hitRate),
    rating: ratingOf(hits, gets),
    sets: figures.sets,
    deletes: figures.deletes,
    entries: entriesOf(engine),
    expired: figures.expired,
    evicted: figures.evicted,
    invalidations: figures.invalidations,
    invalidated_entries: figures.invalidatedEntries,
    loads: figures.loads,
    errors: figures.errorReplies,
    ...measured(figures),
  });
}

function measured({ latency, eventLoop, saved, evictedAskedAgain, connectionsReceived }: Figures) {
  return {
    connections_received: connectionsReceived,
    evicted_asked_again: evictedAskedAgain,
    saved_calls: saved.calls,
    saved_ms: fraction(saved.ms, 1),
    ...latencyFields(latency),
    event_loop_p99_ms: fraction(eventLoop.p99Ms, 3),
  };
}
