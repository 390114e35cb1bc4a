import { stringify } from 'yaml';
import { METRICS } from '../metrics/table';

interface Rule {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  /** What to do. */
  readonly advice: string;
}

/** Names of the table stand in braces, so that one that is not there is found. */
const RULES: readonly Rule[] = [
  {
    name: 'LarderHitRateLow',
    expr: 'rate({hits_total}[15m]) / rate({gets_total}[15m]) < 0.5 and rate({gets_total}[15m]) > 10',
    for: '15m',
    severity: 'warning',
    summary: 'Less than half of the reads are answered by the cache ({{ $value | humanizePercentage }})',
    advice: 'See misses by reason: absent wants a loader or warming, expired a longer ttl, evicted more maxmemory',
  },
  {
    name: 'LarderSlow',
    expr: '{latency_p95_seconds} > 0.05',
    for: '5m',
    severity: 'warning',
    summary: '95 % of the commands take up to {{ $value | humanizeDuration }}',
    advice: 'See the latency of each layer and source, SLOWLOG GET, and the delay of the event loop',
  },
  {
    name: 'LarderEventLoopDelayed',
    expr: '{event_loop_delay_p99_seconds} > 0.1',
    for: '5m',
    severity: 'warning',
    summary: 'The event loop is late by {{ $value | humanizeDuration }}',
    advice: 'The machine has too little processor time for it, or somebody sends commands that take long (SLOWLOG GET)',
  },
  {
    name: 'LarderEvictionChurn',
    expr: 'rate({evicted_asked_again_total}[15m]) / rate({evicted_total}[15m]) > 0.2 and rate({evicted_total}[15m]) > 1',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of what is evicted is asked for again within 10 minutes',
    advice: 'Raise maxmemory, or the disk layer; the curve of miss ratios says what that brings',
  },
  {
    name: 'LarderMemoryFull',
    expr: '{memory_used_bytes} / {memory_max_bytes} > 0.98 and rate({evicted_total}[15m]) == 0',
    for: '15m',
    severity: 'warning',
    summary: 'The memory is full and nothing is evicted',
    advice: 'With maxmemory-policy noeviction writes will be refused: raise maxmemory, or choose another policy',
  },
  {
    name: 'LarderOverInvalidation',
    expr:
      'sum without (reason) (rate({misses_total}{reason=~"invalidated|killed"}[15m])) / rate({gets_total}[15m]) > 0.2 ' +
      'and rate({gets_total}[15m]) > 10',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the reads miss what was invalidated',
    advice: 'See which tags and rules kill most, and how much of it comes back unchanged (STATS rules)',
  },
  {
    name: 'LarderBreakerOpen',
    expr: '{source_breaker} == 2',
    for: '1m',
    severity: 'critical',
    summary: 'The breaker of the source {{ $labels.source }} is open: it is not asked any more',
    advice: 'See its last failure in STATS origin; what has a grace is served stale meanwhile',
  },
  {
    name: 'LarderLoadFailures',
    expr: 'rate({load_failures_total}[10m]) / rate({loads_total}[10m]) > 0.05',
    for: '10m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the loads fail',
    advice: 'See the sources in STATS origin',
  },
  {
    name: 'LarderDiskErrors',
    expr:
      'increase({disk_read_errors_total}[10m]) + increase({disk_write_errors_total}[10m]) ' +
      '+ increase({disk_checksum_errors_total}[10m]) > 0',
    for: '0m',
    severity: 'critical',
    summary: 'The disk layer had errors',
    advice: 'Look at the disk: it is full, broken, or somebody else writes to its files',
  },
  {
    name: 'LarderDiskGivenUp',
    expr: '{disk_state} == 4',
    for: '1m',
    severity: 'warning',
    summary: 'The disk layer was given up: a restart will be cold',
    advice: 'The log says why; mend the disk and restart',
  },
  {
    name: 'LarderDiskStuck',
    expr: '{disk_state} == 5',
    for: '0m',
    severity: 'critical',
    summary: 'The file of the disk layer can be neither used nor removed: writes are refused with MISCONF',
    advice: 'Make the directory writable, or remove the file',
  },
  {
    name: 'LarderDiskTooSlow',
    expr: 'rate({disk_rows_shed_total}[15m]) > 0',
    for: '15m',
    severity: 'info',
    summary: 'The disk is too slow for what is written: {{ $value | humanize }} rows a second are not kept there',
    advice: 'Raise disk-min-ttl, so that only what lives long is written, or give it a faster disk',
  },
  {
    name: 'LarderWarmingPaused',
    expr: '{warm_paused} == 1',
    for: '6h',
    severity: 'info',
    summary: 'All warming has been paused for six hours',
    advice: 'WARMTASK RESUME, if that was forgotten',
  },
  {
    name: 'LarderSilent',
    expr: 'absent({uptime_seconds})',
    for: '2m',
    severity: 'critical',
    summary: 'No node of Larder is heard of',
    advice: 'It is down, or its admin port cannot be reached by Prometheus (admin-bind, admin-hosts, admin-token)',
  },
];

/** Rules of Prometheus over the metrics, as YAML text. */
export function alertsText(): string {
  const rules = RULES.map(({ name, expr, severity, summary, advice, ...rule }) => ({
    alert: name,
    expr: withNames(expr),
    for: rule.for,
    labels: { severity },
    annotations: { summary, description: advice },
  }));
  const head = '# Generated from src/admin/grafana/alerts.ts and src/admin/metrics/table.ts by `npm run docs`.\n';
  return head + stringify({ groups: [{ name: 'larder', rules }] }, { lineWidth: 0 });
}

function withNames(expr: string): string {
  return expr.replace(/\{([a-z0-9_]+)\}/g, (_, short: string) => {
    const metric = METRICS.find(({ name }) => name === `larder_${short}`);
    if (metric === undefined) throw new Error(`no metric larder_${short}: see src/admin/metrics/table.ts`);
    return metric.name;
  });
}
