import { spawnSync } from 'node:child_process';
import { Exposition } from '../../src/admin/metrics/exposition';
import { samplesOf, sectionOf } from '../../src/admin/metrics/resolve';
import { METRICS } from '../../src/admin/metrics/table';
import { TEMPLATE_BYTES_MAX, TemplateSeries } from '../../src/admin/metrics/template-series';
import { bytesOf } from '../../src/base/bytes';
import { OTHER_TEMPLATES } from '../../src/monitoring/api';
import { type Fields, fields } from '../../src/monitoring/fields';
import { STATS_SECTIONS } from '../../src/monitoring/stats/sections';
import { manualWorld } from '../support/manual-world';
import { type AdminNode, startNode } from './node';

const KEYS = 50_000;
const BYTES_MAX = 64 * 1024;
const LINE = /^larder_[a-z0-9_]+(\{(layer|template|reason|command|source|origin)="[^"\n]*"\})? -?[0-9.e+-]+$/;

const YAML = `
sources:
  api: { http: "http://127.0.0.1:9" }
keys:
  - { match: "user:{id}", ttl: 1h, load: { from: api, path: "/{id}" } }
warm:
  - { id: top, keys: ["nobody"], every: 60m }
`.replace('keys: ["nobody"]', 'keys: ["user:1"]');

describe('a node of 50,000 keys', () => {
  let node: AdminNode;

  beforeAll(async () => {
    node = await startNode({ yaml: YAML });
  });
  afterAll(() => node.stop());

  const lines = async () => {
    const answer = await node.ask('/metrics');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(answer.text.length).toBeLessThan(BYTES_MAX);
    return answer.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };

  test('as many series as with one key, and none names a key (F92)', async () => {
    const { engine } = node.sidecar;
    const touch = (key: string) => {
      engine.set(0, bytesOf(key), bytesOf('v'), { tags: [`tag:${key.slice(-1)}`] });
      engine.get(0, bytesOf(key));
      engine.get(0, bytesOf(`no<${key}>"\n`));
      if (key.endsWith('7')) engine.invalidateKeys(0, [bytesOf(key)]);
    };
    touch('first:7');
    const before = await lines();
    for (let i = 0; i < KEYS; i++) touch(`family${i % 10_000}:${i}`);
    const after = await lines();
    expect(after.map((line) => line.replace(/ [^ ]*$/, ''))).toEqual(before.map((line) => line.replace(/ [^ ]*$/, '')));
    for (const line of after) expect(line).toMatch(LINE);
    expect(after.find((line) => line.startsWith('larder_gets_total '))).toBe(`larder_gets_total ${2 * (KEYS + 1)}`);
  });

  test('every metric has a value in STATS', async () => {
    const { reports } = (node.sidecar as unknown as { node: { admin: { reports: Reports } } }).node.admin;
    const silent = METRICS.filter((metric) => {
      const { section, window } = sectionOf(metric);
      const stats = reports.stats(section, window);
      return stats === undefined || samplesOf(metric, stats).length === 0;
    });
    // Of commands: nobody has sent one here.
    expect(silent.map(({ name }) => name)).toEqual([
      'larder_command_calls_total',
      'larder_command_latency_p95_seconds',
    ]);
  });

  test('promtool finds nothing wrong, where there is one', async () => {
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input: (await node.ask('/metrics')).text });
    if (promtool.error !== undefined) {
      console.info('promtool is not installed: the exposition is checked by its form only');
      return;
    }
    expect([promtool.stderr.toString(), promtool.status]).toEqual(['', 0]);
  });
});

interface Reports {
  stats(name: string, window?: '1m'): Fields | undefined;
}

test('the table: names and units as Prometheus has them, labels that are bounded', () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
  for (const { name, type, help, from, label } of METRICS) {
    expect(name).toMatch(/^larder_[a-z][a-z0-9_]*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/^[A-Za-z0-9].*[^.]$/);
    expect(from.includes('*')).toBe(label !== undefined);
    expect([...STATS_SECTIONS.keys()]).toContain(from.replace(/^1m:/, '').split('.')[0]);
  }
});

/** STATS templates of so many, with names of so many characters. */
function templateStats(count: number, length: number, value: number): Fields {
  const names = Array.from({ length: count }, (_, i) => `${i}:{id}`.padEnd(length, '"'));
  const each = fields({ hits: value, misses: value, loads: value, evicted: value });
  return fields({ templates: new Map(names.map((name) => [name, each])) });
}

test.each([10, 40, 400])('200 templates with names of %i characters stay within 64 KB', async (length) => {
  const reports = {
    stats: (name: string) => (name === 'templates' ? templateStats(200, length, 1e12) : undefined),
  };
  const exposition = new Exposition({ world: manualWorldThatTurns(), reports } as never);
  const text = await exposition.text();
  const shown = text.split('\n').filter((line) => line.startsWith('larder_template_hits_total{'));
  expect(text.length).toBeLessThan(BYTES_MAX);
  expect(text).toContain(`template="${OTHER_TEMPLATES}"`);
  expect(shown.length).toBeGreaterThan(5);
});

function manualWorldThatTurns() {
  const world = manualWorld();
  const soon = (run: () => void) => {
    run();
    return () => {};
  };
  return { ...world, scheduler: { ...world.scheduler, soon } };
}

describe('templates that are not shown', () => {
  const wide = 'w'.repeat(TEMPLATE_BYTES_MAX / 3);
  const [a, b, c] = [`a${wide}`, `b${wide}`, `c${wide}`];
  const sample = (label: string, value: number) => ({ label, value });

  test('are added up, and what comes and goes never makes the sum fall', () => {
    const series = new TemplateSeries(1);
    series.elect([a, b, c], 0);
    expect(series.fold('m', [sample(a, 5), sample(b, 3), sample(c, 2)])).toEqual([
      sample(a, 5),
      sample(b, 3),
      sample(OTHER_TEMPLATES, 2),
    ]);
    // An hour later c is the busiest: b goes to the others with what it has.
    series.elect([c, a, b], 3_600_000);
    const [, , others] = series.fold('m', [sample(c, 9), sample(a, 6), sample(b, 4)]);
    expect(others).toEqual(sample(OTHER_TEMPLATES, 6));
    // Somebody reset STATS.
    expect(series.fold('m', [sample(c, 0), sample(a, 0), sample(b, 1)])[2]).toEqual(sample(OTHER_TEMPLATES, 7));
  });

  test('keep their places within the hour', () => {
    const series = new TemplateSeries(1);
    series.elect([a, b], 0);
    series.elect([c, b, a], 1_000);
    expect(series.fold('m', [sample(c, 1), sample(b, 1), sample(a, 1)]).map(({ label }) => label)).toEqual([
      b,
      a,
      OTHER_TEMPLATES,
    ]);
  });
});
