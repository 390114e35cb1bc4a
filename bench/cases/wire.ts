import { atLeast } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { perSecond, ratio } from '../format';
import { fill, VALUE_100 } from '../load';
import { argumentsOf, type Comparison, compare, type Work } from '../redis-benchmark';
import type { Row } from '../report';
import type { Server } from '../servers';
import { median } from '../statistics';

const KEYS = 1_000_000;
const PIPELINES = [1, 16, 100] as const;
const BARS = {
  off: { get: [1, 1.1, 1.1], set: [1, 1.1, 1.1] },
  on: { get: [1, 1.1, 1.1], set: [0.95, 0.9, 0.9] },
} as const;
const TAGSET_BAR = 0.6;
const KEY = 'key:__rand_int__';

type Disk = keyof typeof BARS;

const MORE: readonly { figure: string; work: Work }[] = [
  { figure: 'INCR -P 16', work: { pipeline: 16, keySpace: 100_000, command: ['INCR', 'counter:__rand_int__'] } },
  { figure: 'MGET of 10 -P 16', work: { pipeline: 16, keySpace: KEYS, command: ['MGET', ...Array(10).fill(KEY)] } },
];

const TAGSETS: readonly { figure: string; tags: string[] }[] = [
  { figure: 'TAGSET with 2 tags', tags: ['a', 'b'] },
  { figure: 'TAGSET with 2 tags, one of them of its own', tags: ['a', 'user:__rand_int__'] },
];

function row(figure: string, result: Comparison, bar?: number): Row {
  return {
    figure,
    subject: `${perSecond(median(result.subject))}, ${result.subjectCpuUs.toFixed(2)} µs`,
    pair: `${perSecond(median(result.pair))}, ${result.pairCpuUs.toFixed(2)} µs`,
    ratio: ratio(result.ratio),
    ...(bar === undefined ? {} : { bar: atLeast(result.ratio.value, bar) }),
  };
}

async function getAndSet(bench: Bench, disk: Disk, subject: Server, pair: Server, keySpace: number): Promise<Row[]> {
  const rows: Row[] = [];
  // GETs first, over all keys present; SETs afterwards change nothing that GETs need.
  for (const test of ['get', 'set'] as const) {
    for (const [index, pipeline] of PIPELINES.entries()) {
      const figure = `${test.toUpperCase()} -P ${pipeline}, disk ${disk}`;
      bench.say(figure);
      const work: Work = { test, pipeline, keySpace };
      const result = await compare({ server: subject, work }, { server: pair, work }, bench.rounds, bench.seconds);
      rows.push(row(figure, result, BARS[disk][test][index]!));
    }
  }
  return rows;
}

/** TAGSET beside plain SET of the same server: redis-server has no tags. */
async function tagSets(bench: Bench, disk: Disk, server: Server, keySpace: number): Promise<Row[]> {
  const rows: Row[] = [];
  const plain: Work = { pipeline: 16, keySpace, command: ['SET', KEY, VALUE_100] };
  for (const { figure, tags } of TAGSETS) {
    bench.say(`${figure}, disk ${disk}`);
    const command = ['TAGSET', KEY, VALUE_100, 'TAGS', ...tags];
    const tagged: Work = { pipeline: 16, keySpace, command };
    const result = await compare({ server, work: tagged }, { server, work: plain }, bench.rounds, bench.seconds);
    const measured = row(`${figure} -P 16, disk ${disk}; beside its own plain SET`, result);
    const one = { ...measured, pair: `its plain SET: ${measured.pair}` };
    rows.push(tags.length === 2 && tags[1] === 'b' ? { ...one, bar: atLeast(result.ratio.value, TAGSET_BAR) } : one);
  }
  return rows;
}

async function withDisk(bench: Bench, disk: Disk): Promise<Row[]> {
  const keySpace = bench.entries ?? KEYS;
  const options = { disk: disk === 'on' };
  return withServers(
    [
      [bench.subject, options],
      [bench.pair, options],
    ],
    async (...servers) => {
      const [subject, pair] = servers as [Server, Server];
      for (const server of servers) {
        await fill(server.port, keySpace);
        await server.expectKeys(keySpace);
      }
      const rows = await getAndSet(bench, disk, subject, pair, keySpace);
      if (bench.subject.hasTags) rows.push(...(await tagSets(bench, disk, subject, keySpace)));
      if (disk === 'on') return rows;
      for (const { figure, work } of MORE) {
        bench.say(figure);
        const sides = [subject, pair].map((server) => ({ server, work }));
        rows.push(row(`${figure}, disk ${disk}`, await compare(sides[0]!, sides[1]!, bench.rounds, bench.seconds)));
      }
      return rows;
    },
  );
}

export const wire: Case = {
  name: 'wire',
  title: 'requests a second, redis-benchmark, 50 clients, 100-byte values, 1 M random keys',
  run: async (bench) => {
    const rows = [...(await withDisk(bench, 'off')), ...(await withDisk(bench, 'on'))];
    const typed = argumentsOf({ test: 'get', pipeline: 16, keySpace: bench.entries ?? KEYS }).join(' ');
    return {
      rows,
      notes: [
        'The microseconds are processor time of the server for one request, all its threads; for information, and steadier than rates when others use the machine.',
        `Medians of ${bench.rounds} rounds of about ${bench.seconds} s, e.g. \`redis-benchmark ${typed}\`; all keys present before GET and MGET.`,
        'The server that is not measured is stopped meanwhile (SIGSTOP).',
      ],
    };
  },
};
