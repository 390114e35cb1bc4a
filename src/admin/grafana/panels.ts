import type { Metric } from '../metrics/metric';
import { METRICS } from '../metrics/table';

/** One picture: what it draws are expressions of Prometheus. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  readonly targets: readonly { readonly expr: string; readonly legend: string }[];
}

export interface Row {
  readonly title: string;
  readonly isCollapsed: boolean;
  readonly panels: readonly Panel[];
}

const INSTANCE = 'instance=~"$instance"';
const RATE = '$__rate_interval';

function metricOf(name: string): Metric {
  const metric = METRICS.find((each) => each.name === `larder_${name}`);
  if (metric === undefined) throw new Error(`no metric larder_${name}: see src/admin/metrics/table.ts`);
  return metric;
}

function rate(name: string): string {
  return `rate(${metricOf(name).name}{${INSTANCE}}[${RATE}])`;
}

function unitOf({ name, type }: Metric): string {
  if (name.endsWith('_seconds')) return 's';
  if (name.endsWith('_bytes')) return 'bytes';
  return type === 'counter' ? 'ops' : 'short';
}

/** As it is, or a second's of a counter. */
function targetOf(metric: Metric) {
  const { name, type, label, help } = metric;
  const expr = type === 'counter' ? rate(name.replace(/^larder_/, '')) : `${name}{${INSTANCE}}`;
  return { expr, legend: label === undefined ? help : `{{${label}}}` };
}

/** Several metrics in one picture. */
function panel(title: string, ...names: readonly string[]): Panel {
  const metrics = names.map(metricOf);
  const about = metrics.map(({ help }) => help).join('; ');
  return { title, about, unit: unitOf(metrics[0]!), targets: metrics.map(targetOf) };
}

function share(title: string, about: string, part: string, whole: string, label?: string): Panel {
  const by = label === undefined ? '' : ` by (instance, ${label})`;
  const sum = (name: string) => `sum${by} (${rate(name)})`;
  const expr = `${sum(part)} / (${sum(whole)} > 0)`;
  return {
    title,
    about,
    unit: 'percentunit',
    targets: [{ expr, legend: label === undefined ? title : `{{${label}}}` }],
  };
}

const CHOSEN: readonly Row[] = [
  {
    title: 'Is it worth its memory?',
    isCollapsed: false,
    panels: [
      share('Hit rate', 'Memory and disk together', 'hits_total', 'gets_total'),
      share('Hit rate by layer', 'Of what each layer was asked for', 'layer_hits_total', 'layer_gets_total', 'layer'),
      panel('Reads and writes', 'gets_total', 'hits_total', 'sets_total', 'deletes_total'),
      panel('Misses by reason', 'misses_total'),
      panel('Loads that were saved', 'saved_loads_total', 'loads_total'),
      panel('Evictions', 'evicted_total', 'evicted_asked_again_total', 'expired_total'),
    ],
  },
  {
    title: 'Is it well?',
    isCollapsed: false,
    panels: [
      panel('Latency', 'latency_p50_seconds', 'latency_p95_seconds', 'latency_p99_seconds'),
      panel('Event loop', 'event_loop_delay_p99_seconds', 'event_loop_delay_max_seconds'),
      panel('Commands', 'commands_total', 'error_replies_total'),
      panel('Memory', 'memory_used_bytes', 'memory_max_bytes', 'memory_resident_bytes', 'memory_heap_bytes'),
      panel('Clients', 'clients'),
      panel('Layers: latency', 'layer_latency_p99_seconds'),
    ],
  },
  {
    title: 'Templates',
    isCollapsed: false,
    panels: [
      panel('Hits by template', 'template_hits_total'),
      panel('Misses by template', 'template_misses_total'),
      panel('Loads by template', 'template_loads_total'),
      panel('Evictions by template', 'template_evicted_total'),
    ],
  },
  {
    title: 'Invalidation and origins',
    isCollapsed: false,
    panels: [
      panel('Invalidations', 'invalidations_total', 'invalidated_entries_total', 'cascaded_entries_total'),
      panel('Sources: calls', 'source_calls_total'),
      panel('Sources: failures', 'source_failures_total'),
      panel('Sources: breakers', 'source_breaker'),
      panel('Warming', 'warm_loaded_total'),
      panel('Disk', 'disk_reads_total', 'disk_rows_written_total', 'disk_rows_shed_total'),
    ],
  },
];

/** What is chosen, and then everything that the table has besides. */
export function rows(): Row[] {
  const drawn = JSON.stringify(CHOSEN);
  const rest = METRICS.filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(drawn));
  const panels = rest.map((metric) => ({
    title: metric.name,
    about: metric.help,
    unit: unitOf(metric),
    targets: [targetOf(metric)],
  }));
  return [...CHOSEN, { title: 'Everything else', isCollapsed: true, panels }];
}
