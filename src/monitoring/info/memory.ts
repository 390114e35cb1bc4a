import { type Field, type Fields, fields } from '../fields';
import { humanBytes } from '../human';
import { type Sources, usedBytesOf } from '../sources';

/**
 * `maxmemory_policy` is the policy in force. Symfony's tag-aware adapter refuses to work unless it reads noeviction or
 * volatile-*: who uses that adapter must choose such a policy.
 */
export function memoryInfo(sources: Sources): Fields {
  const { engine, process, sampler } = sources;
  const { memory, tags, graph, losses } = engine.core;
  sampler.peaks();
  const used = usedBytesOf(engine);
  const dataset = memory.blocks.usedBytes;
  const rss = process.rssBytes();
  return fields({
    ...both('used_memory', used),
    ...both('used_memory_rss', rss),
    ...both('used_memory_peak', sampler.usedPeakBytes),
    used_memory_peak_perc: percent(used, sampler.usedPeakBytes),
    used_memory_overhead: used - dataset,
    used_memory_startup: 0,
    used_memory_dataset: dataset,
    used_memory_dataset_perc: percent(dataset, used),
    used_memory_entries: memory.usedBytes,
    used_memory_tags: tags.stats().bytesUsed,
    used_memory_dependencies: graph.stats().bytesUsed,
    used_memory_followed_keys: engine.notices.bytesUsed,
    used_memory_losses: losses.bytesUsed,
    used_memory_heap: process.heapBytes(),
    ...both('total_system_memory', process.systemMemoryBytes),
    used_memory_lua: 0,
    number_of_cached_scripts: 0,
    number_of_functions: 0,
    number_of_libraries: 0,
    ...both('maxmemory', memory.maxMemoryBytes),
    maxmemory_policy: memory.policy,
    mem_fragmentation_ratio: (rss / Math.max(used, 1)).toFixed(2),
    mem_fragmentation_bytes: rss - used,
    mem_not_counted_for_evict: 0,
    mem_clients_slaves: 0,
    mem_clients_normal: 0,
    mem_aof_buffer: 0,
    mem_allocator: 'larder',
    active_defrag_running: memory.blocks.arena.compacting ? 1 : 0,
    lazyfree_pending_objects: tags.stats().pendingOwners,
  });
}

function both(name: string, bytes: number): Record<string, Field> {
  return { [name]: bytes, [`${name}_human`]: humanBytes(bytes) };
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part / whole) * 100).toFixed(2)}%`;
}
