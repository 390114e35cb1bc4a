import { type Fields, fields, fraction } from '../fields';
import { ratingOf } from '../rating';
import { entriesOf, hitsOf, type Sources, usedBytesOf } from '../sources';
import { diskFactsOf } from './disk-facts';

export function summaryStats(sources: Sources): Fields {
  const { engine, identity, clock, traffic, sampler, clients } = sources;
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
  });
}
