import { alertsText } from '../admin/grafana/alerts';
import { dashboardText } from '../admin/grafana/dashboard';

/** Whole files that are derived from declarations, by their path from the root; made when asked for. */
export const GENERATED_FILES: ReadonlyMap<string, () => string> = new Map([
  ['src/admin/grafana/larder-dashboard.json', dashboardText],
  ['src/admin/grafana/larder-alerts.yml', alertsText],
]);
