import { type Label, type Metric, SECONDS } from './metric';

type Options = Partial<Pick<Metric, 'label' | 'skip' | 'scale' | 'words'>>;

const counter = (name: string, from: string, help: string, options: Options = {}): Metric => ({
  name: `larder_${name}_total`,
  type: 'counter',
  from,
  help,
  ...options,
});
const gauge = (name: string, from: string, help: string, options: Options = {}): Metric => ({
  name: `larder_${name}`,
  type: 'gauge',
  from,
  help,
  ...options,
});
/** Of milliseconds. */
const seconds = (name: string, from: string, help: string, label?: Label): Metric =>
  gauge(`${name}_seconds`, from, help, { scale: SECONDS, ...(label && { label }) });

const STATES = { off: 0, open: 1, new: 2, closing: 3, closed: 3, disabled: 4, stuck: 5 };
const BREAKERS = { closed: 0, 'half-open': 1, open: 2 };

/** All metrics, in the order of the exposition. */
export const METRICS: readonly Metric[] = [
  gauge('uptime_seconds', 'summary.uptime_seconds', 'Since the start'),
  gauge('clients', 'summary.clients', 'Connections of clients'),
  counter('connections_received', 'summary.connections_received', 'Connections that came'),
  counter('commands', 'summary.commands', 'Commands served'),
  counter('error_replies', 'summary.errors', 'Error replies'),
  counter('command_calls', 'latency.commands.*.calls', 'Calls of a command, the busiest ones', { label: 'command' }),
  seconds(
    'command_latency_p95',
    'latency.commands.*.p95_ms',
    '95 % of its calls were answered within, since the start',
    'command',
  ),
  seconds('latency_p50', '1m:latency.all.p50_ms', 'Half of the commands of the last minute were answered within'),
  seconds('latency_p95', '1m:latency.all.p95_ms', '95 % of them'),
  seconds('latency_p99', '1m:latency.all.p99_ms', '99 % of them'),
  seconds('event_loop_delay_p99', '1m:latency.event_loop.p99_ms', 'Lateness of the event loop over the last minute'),
  seconds('event_loop_delay_max', '1m:latency.event_loop.max_ms', 'The worst of it'),

  counter('gets', 'summary.gets', 'Keys read'),
  counter('hits', 'summary.hits', 'Keys that memory or disk answered'),
  counter('stale_hits', 'summary.stale_hits', 'Those of them that were stale'),
  counter('misses', 'misses.*', 'Keys that nothing could answer, by what became of them', {
    label: 'reason',
    skip: ['total', 'window'],
  }),
  counter('sets', 'summary.sets', 'Keys written'),
  counter('deletes', 'summary.deletes', 'Keys deleted'),
  counter('expired', 'summary.expired', 'Entries that expired'),
  counter('evicted', 'summary.evicted', 'Entries evicted'),
  counter('evicted_asked_again', 'summary.evicted_asked_again', 'Evicted keys that were asked for within 10 minutes'),
  counter('invalidations', 'summary.invalidations', 'Invalidations'),
  counter('invalidated_entries', 'summary.invalidated_entries', 'Entries that they killed'),
  counter('cascaded_entries', 'deps.cascaded', 'Those of them that died through a dependency'),

  counter('layer_gets', 'layers.*.gets', 'What a layer was asked for', { label: 'layer' }),
  counter('layer_hits', 'layers.*.hits', 'What it had', { label: 'layer' }),
  counter('layer_errors', 'layers.*.errors', 'What it failed at', { label: 'layer' }),
  gauge('layer_entries', 'layers.*.entries', 'Entries in it', { label: 'layer' }),
  gauge('layer_bytes', 'layers.*.bytes', 'Bytes in it', { label: 'layer' }),
  seconds('layer_latency_p95', '1m:layers.*.p95_ms', '95 % of its answers of the last minute took at most', 'layer'),
  seconds('layer_latency_p99', '1m:layers.*.p99_ms', '99 % of them', 'layer'),

  counter('template_hits', 'templates.templates.*.hits', 'Hits of keys of a template (those of memory from a sample)', {
    label: 'template',
  }),
  counter('template_misses', 'templates.templates.*.misses', 'Misses of keys of a template', { label: 'template' }),
  counter('template_loads', 'templates.templates.*.loads', 'Loads of keys of a template', { label: 'template' }),
  counter('template_evicted', 'templates.templates.*.evicted', 'Evictions of keys of a template', {
    label: 'template',
  }),

  gauge('memory_max_bytes', 'memory.max_bytes', 'maxmemory'),
  gauge('memory_used_bytes', 'memory.used_bytes', 'Entries, tags and dependencies'),
  gauge('memory_resident_bytes', 'memory.rss_bytes', 'Resident size of the process'),
  gauge('memory_heap_bytes', 'memory.heap_bytes', 'Objects of the runtime'),
  gauge('tags', 'tags.tags', 'Tags'),
  gauge('tags_pending_entries', 'tags.pending_entries', 'Dead entries that wait to be reclaimed'),
  gauge('epoch', 'tags.epoch', 'Epoch of the last invalidation'),
  gauge('dependency_edges', 'deps.edges', 'Dependencies'),
  gauge('leases', 'leases.leases', 'Leases given'),
  gauge('lease_waiters', 'leases.waiters', 'Clients that wait for a lease'),
  counter('fenced_fills', 'fence.fenced_fills', 'Fills that were refused since something changed meanwhile'),

  counter('loads', 'origin.loads', 'Keys asked of sources'),
  counter('load_failures', 'origin.failures', 'Loads that failed'),
  counter('loads_coalesced', 'origin.coalesced', 'Readers that shared the load of another'),
  counter('loads_refused', 'origin.refused', 'Loads refused at a limit or by a breaker'),
  counter('saved_loads', 'summary.saved_calls', 'Hits that a loader would have had to answer'),
  counter('saved_load_seconds', 'summary.saved_ms', 'The time that those would have taken', { scale: SECONDS }),
  gauge('loads_running', 'origin.under_way', 'Loads under way'),
  gauge('loads_waiting', 'origin.waiting', 'Readers that wait for one'),
  counter('source_calls', 'origin.sources.*.calls', 'Calls to a source', { label: 'source' }),
  counter('source_failures', 'origin.sources.*.failures', 'Those of them that failed', { label: 'source' }),
  gauge('source_breaker', 'origin.sources.*.breaker', '0 closed, 1 half-open, 2 open', {
    label: 'source',
    words: BREAKERS,
  }),
  seconds('source_latency_p99', 'origin.sources.*.p99_ms', '99 % of its calls took at most', 'source'),

  gauge('warm_queue', 'warm.queue', 'Keys that wait to be warmed'),
  gauge('warm_running', 'warm.running', 'Loads of warming under way'),
  gauge('warm_paused', 'warm.paused', '1: all warming is paused'),
  counter('warm_loaded', 'warm.origins.*.loaded', 'Keys loaded by warming, by who wanted it', { label: 'origin' }),
  counter('warm_failed', 'warm.origins.*.failed', 'Loads of warming that failed', { label: 'origin' }),
  counter('warm_wasted', 'warm.origins.*.wasted', 'Keys loaded by warming that nobody read', { label: 'origin' }),

  gauge('disk_state', 'disk.state', '0 off, 1 open, 2 opening, 3 closing, 4 given up, 5 stuck: writes are refused', {
    words: STATES,
  }),
  gauge('disk_directory_loaded', 'disk.directory_loaded', '1: all of the directory is known'),
  gauge('disk_rows', 'disk.rows', 'Rows'),
  gauge('disk_bytes', 'disk.bytes', 'Bytes of live rows'),
  gauge('disk_max_bytes', 'disk.max_bytes', 'disk-max-bytes'),
  gauge('disk_file_bytes', 'disk.file_bytes', 'Size of the file'),
  gauge('disk_queue', 'disk.queue', 'Rows that wait to be written'),
  counter('disk_reads', 'disk.reads', 'Rows read'),
  counter('disk_rows_written', 'disk.rows_written', 'Rows written'),
  counter('disk_rows_shed', 'disk.rows_shed', 'Rows not written, since the disk is too slow'),
  counter('disk_read_errors', 'disk.read_errors', 'Reads that failed'),
  counter('disk_write_errors', 'disk.write_errors', 'Writes that failed'),
  counter('disk_checksum_errors', 'disk.checksum_errors', 'Rows that were not what was written'),
];
