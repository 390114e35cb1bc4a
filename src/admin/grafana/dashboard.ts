import { type Panel, type Row, rows } from './panels';

const SCHEMA_VERSION = 39;
const WIDTH = 24;
const PANELS_A_LINE = 3;
const HEIGHT = 8;
/** Grafana's own way to name a variable. */
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

/** Grafana's dashboard of the metrics, as JSON text. */
export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

function dashboard(): object {
  return {
    uid: 'larder',
    title: 'Larder',
    description: 'Generated from src/admin/metrics/table.ts by `npm run docs`',
    tags: ['larder', 'cache'],
    timezone: 'browser',
    schemaVersion: SCHEMA_VERSION,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasourceVariable(), instanceVariable()] },
    panels: lines(rows()),
  };
}

function datasourceVariable(): object {
  return { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' };
}

function instanceVariable(): object {
  return {
    name: 'instance',
    label: 'Node',
    type: 'query',
    datasource: DATASOURCE,
    query: { query: 'label_values(larder_uptime_seconds, instance)', refId: 'instance' },
    multi: true,
    includeAll: true,
    current: { text: 'All', value: '$__all' },
    refresh: 2,
  };
}

/** Rows below each other; of a collapsed one the panels are inside it. */
function lines(all: readonly Row[]): object[] {
  const placed: object[] = [];
  let id = 0;
  let y = 0;
  for (const { title, isCollapsed, panels } of all) {
    const row = { id: ++id, type: 'row', title, collapsed: isCollapsed, gridPos: { x: 0, y, w: WIDTH, h: 1 } };
    y++;
    const inside = panels.map((panel, i) => panelAt(panel, ++id, i, y));
    y += Math.ceil(panels.length / PANELS_A_LINE) * HEIGHT;
    placed.push({ ...row, panels: isCollapsed ? inside : [] }, ...(isCollapsed ? [] : inside));
  }
  return placed;
}

function panelAt({ title, about, unit, targets }: Panel, id: number, index: number, y: number): object {
  const width = WIDTH / PANELS_A_LINE;
  const gridPos = {
    x: (index % PANELS_A_LINE) * width,
    y: y + Math.floor(index / PANELS_A_LINE) * HEIGHT,
    w: width,
    h: HEIGHT,
  };
  return {
    id,
    type: 'timeseries',
    title,
    description: about,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(unit === 'percentunit' && { max: 1 }),
        custom: { fillOpacity: 10, showPoints: 'never' },
      },
      overrides: [],
    },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targets.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
