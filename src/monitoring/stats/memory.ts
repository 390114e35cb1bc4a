import { type Fields, fields, fraction } from '../fields';
import { entriesOf, type Sources, usedBytesOf } from '../sources';

export function memoryStats({ engine, process, sampler, monitoring, insights }: Sources): Fields {
  const { memory, tags, graph, losses } = engine.core;
  const stubs = memory.eviction.stubs.size;
  sampler.peaks();
  return fields({
    policy: memory.policy,
    max_bytes: memory.maxMemoryBytes,
    used_bytes: usedBytesOf(engine),
    used_peak_bytes: sampler.usedPeakBytes,
    entries_bytes: memory.usedBytes,
    values_bytes: memory.blocks.usedBytes,
    tags_bytes: tags.stats().bytesUsed,
    deps_bytes: graph.stats().bytesUsed,
    losses_bytes: losses.bytesUsed,
    monitoring_bytes: monitoring.memoryBytes + insights.memoryBytes,
    rss_bytes: process.rssBytes(),
    rss_peak_bytes: sampler.rssPeakBytes,
    heap_bytes: process.heapBytes(),
    entries: entriesOf(engine),
    /** Keys whose value rests on disk only. */
    stubs,
    fill_ratio: fraction(memory.usedBytes / memory.maxMemoryBytes),
  });
}
