import { type Fields, fields } from '../fields';
import { entriesOf, type Sources } from '../sources';
import { diskFactsOf } from '../stats/disk-facts';

/** What Redis has no names for. */
export function larderInfo({ engine, sampler }: Sources): Fields {
  const { core, writeBehind, filling, background } = engine;
  const { counters, memory, tags, graph } = core;
  const disk = diskFactsOf(engine);
  return fields({
    memory_hits: counters.memoryHits,
    memory_misses: counters.gets - counters.memoryHits,
    memory_entries: entriesOf(engine),
    memory_bytes: memory.usedBytes,
    disk_state: disk.state,
    disk_hits: counters.diskHits,
    disk_rows: disk.rows,
    disk_bytes: disk.liveBytes,
    disk_file_bytes: disk.fileBytes,
    disk_queue: writeBehind.length + disk.queuedRows,
    disk_kills_waiting: disk.killsWaiting,
    disk_rows_shed: counters.diskRowsShed + disk.shed,
    disk_journal_bytes: disk.journalBytes,
    directory_loaded: core.complete ? 1 : 0,
    origin_hits: counters.originHits,
    origin_loads: counters.loads,
    origin_load_failures: counters.loadFailures,
    origin_loads_under_way: filling.stats.underWay,
    epoch: core.epochs.current,
    tags: tags.stats().tags,
    tagged_entries: tags.memberCount,
    dependency_edges: graph.edgeCount,
    invalidations: counters.invalidations,
    invalidated_entries: counters.invalidatedEntries,
    slice_max_ms: background.worstSliceMs.toFixed(3),
    event_loop_lag_max_ms: sampler.loopLagMaxMs.toFixed(3),
  });
}
