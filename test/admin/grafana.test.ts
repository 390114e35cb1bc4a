import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { alertsText } from '../../src/admin/grafana/alerts';
import { dashboardText } from '../../src/admin/grafana/dashboard';
import { METRICS } from '../../src/admin/metrics/table';
import { GENERATED_FILES } from '../../src/docs/files';

const ROOT = join(__dirname, '..', '..');
const NAMES = new Set(METRICS.map(({ name }) => name));

test.each([...GENERATED_FILES.keys()])('%s is what `npm run docs` writes', (path) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(GENERATED_FILES.get(path)!());
});

test('the dashboard draws every metric, and none that is not there', () => {
  const drawn = new Set([...dashboardText().matchAll(/\blarder_[a-z0-9_]+/g)].map(([name]) => name));
  expect([...drawn].filter((name) => !NAMES.has(name))).toEqual([]);
  expect([...NAMES].filter((name) => !drawn.has(name))).toEqual([]);
  const { panels } = JSON.parse(dashboardText()) as { panels: { id: number; panels?: { id: number }[] }[] };
  const ids = panels.flatMap((panel) => [panel.id, ...(panel.panels ?? []).map(({ id }) => id)]);
  expect(new Set(ids).size).toBe(ids.length);
});

test('alert rules use metrics that are there', () => {
  const { groups } = parse(alertsText()) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const { rules } = groups[0]!;
  expect(rules.length).toBeGreaterThan(10);
  for (const { expr } of rules) {
    const used = [...expr.matchAll(/\blarder_[a-z0-9_]+/g)].map(([name]) => name);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((name) => !NAMES.has(name))).toEqual([]);
  }
});

test('promtool finds nothing wrong with them, where there is one', () => {
  const file = join(ROOT, 'src/admin/grafana/larder-alerts.yml');
  const promtool = spawnSync('promtool', ['check', 'rules', file]);
  if (promtool.error !== undefined) {
    console.info('promtool is not installed: the rules are checked by the names in them only');
    return;
  }
  expect([promtool.status, promtool.stderr.toString()]).toEqual([0, '']);
  expect(promtool.stdout.toString()).toMatch(/SUCCESS: \d+ rules found/);
});
