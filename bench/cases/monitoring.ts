import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { perSecond, ratio } from '../format';
import { fill } from '../load';
import { willRemove } from '../processes';
import { compare, type Work } from '../redis-benchmark';
import type { Row } from '../report';
import type { Server } from '../servers';
import { median } from '../statistics';

const KEYS = 100_000;
const PIPELINES = [1, 16, 100] as const;
const RATIO_MIN = 0.97;
/** Every key of the benchmark belongs to it, so that a sampled hit has its template looked for. */
const TEMPLATES = 'keys:\n  - match: "key:{id}"\n    ttl: 10m\n';

async function measure(bench: Bench, figure: string, file?: string): Promise<Row[]> {
  const keySpace = bench.entries ?? KEYS;
  const options = { disk: false, ...(file !== undefined && { file }) };
  return withServers(
    [
      [bench.subject, options],
      [bench.subject, { ...options, settings: { monitoring: 'off' } }],
    ],
    async (...servers) => {
      const [on, off] = servers as [Server, Server];
      for (const server of servers) await fill(server.port, keySpace);
      const rows: Row[] = [];
      for (const pipeline of PIPELINES) {
        bench.say(`${figure} -P ${pipeline}`);
        const work: Work = { test: 'get', pipeline, keySpace };
        const result = await compare({ server: on, work }, { server: off, work }, bench.rounds, bench.seconds);
        rows.push({
          figure: `${figure} -P ${pipeline}`,
          subject: `${perSecond(median(result.subject))}, ${result.subjectCpuUs.toFixed(2)} µs`,
          pair: `${perSecond(median(result.pair))}, ${result.pairCpuUs.toFixed(2)} µs`,
          ratio: ratio(result.ratio),
          bar: atLeast(result.ratio.value, RATIO_MIN),
        });
      }
      return rows;
    },
  );
}

export const monitoring: Case = {
  name: 'monitoring',
  title: 'GETs of a server that measures everything, beside one started with `--monitoring off`',
  run: async (bench) => {
    const dir = mkdtempSync(join(tmpdir(), 'larder-bench-monitoring-'));
    willRemove(dir);
    const file = join(dir, 'larder.yaml');
    writeFileSync(file, TEMPLATES);
    const rows = [...(await measure(bench, 'GET')), ...(await measure(bench, 'GET of keys of a template', file))];
    return {
      rows,
      notes: [
        'Both are Larder; the pair installs no hooks. The microseconds are processor time of the server for one request.',
        `Medians of ${bench.rounds} rounds of about ${bench.seconds} s.`,
      ],
    };
  },
};
