import { METRICS } from '../admin/metrics/table';
import { code, table } from './markdown';

/** Every metric of /metrics, from the rows that they are exposed with. */
export function metricsTable(): string {
  const rows = METRICS.map(({ name, type, label, help, from }) => [
    code(name),
    type,
    label === undefined ? '' : code(label),
    help,
    code(from.replace(/^1m:/, '')) + (from.startsWith('1m:') ? ' over 1m' : ''),
  ]);
  return table(['metric', 'type', 'label', 'what it is', 'in STATS'], rows);
}
