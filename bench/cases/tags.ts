import { atLeast } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { count, perSecond, ratio } from '../format';
import { fill, VALUE_100 } from '../load';
import { compare, type Work } from '../redis-benchmark';
import type { Row } from '../report';
import type { Server } from '../servers';
import { median } from '../statistics';
import { bookkeeping } from '../tags/bookkeeping';
import { limits } from '../tags/limits';

const KEYS = 500_000;
const PIPELINES = [1, 16] as const;
const GET_RATIO_MIN = 0.95;

/** Names of one length: a longer one is more work for everybody. */
const PLAIN = 'key0';
const TAGGED: readonly { figure: string; name: string; tags: string[] }[] = [
  { figure: 'two tags that all carry', name: 'key1', tags: ['a', 'b'] },
  { figure: 'two tags, one of them of its own', name: 'key2', tags: ['a', 'own:{n}'] },
];

async function fillAll(server: Server, keys: number): Promise<void> {
  const { port } = server;
  await fill(port, keys, { commands: [{ args: ['SET', `${PLAIN}:{n}`, VALUE_100] }] });
  for (const { name, tags } of TAGGED) {
    await fill(port, keys, { commands: [{ args: ['TAGSET', `${name}:{n}`, VALUE_100, 'TAGS', ...tags] }] });
  }
  await server.expectKeys(keys * (1 + TAGGED.length));
}

async function gets(bench: Bench, server: Server, keys: number): Promise<Row[]> {
  await fillAll(server, keys);
  await server.settle();
  const rows: Row[] = [];
  for (const { figure, name } of TAGGED) {
    for (const pipeline of PIPELINES) {
      bench.say(`GET of ${figure}, -P ${pipeline}`);
      const work = (key: string): Work => ({ pipeline, keySpace: keys, command: ['GET', `${key}:__rand_int__`] });
      const sides = [name, PLAIN].map((key) => ({ server, work: work(key) }));
      const result = await compare(sides[0]!, sides[1]!, bench.rounds, bench.seconds);
      rows.push({
        figure: `GET of entries with ${figure}, -P ${pipeline}; beside untagged ones`,
        subject: `${perSecond(median(result.subject))}, ${result.subjectCpuUs.toFixed(2)} µs`,
        pair: `its untagged: ${perSecond(median(result.pair))}, ${result.pairCpuUs.toFixed(2)} µs`,
        ratio: ratio(result.ratio),
        bar: atLeast(result.ratio.value, GET_RATIO_MIN),
      });
    }
  }
  return rows;
}

export const tags: Case = {
  name: 'tags',
  title: 'what tags cost: reads, what remains when all is gone, and limits',
  run: async (bench) => {
    if (!bench.subject.hasTags) return { rows: [], notes: [`${bench.subject.label} has no tags.`] };
    const keys = bench.entries ?? KEYS;
    const ofGets = await withServers([[bench.subject, { disk: false }]], (server) => gets(bench, server!, keys));
    const rows = [...ofGets, ...(await bookkeeping(bench)), ...(await limits(bench))];
    return {
      rows,
      notes: [
        `GET: one server, disk off, ${count(keys)} keys of each kind, all present; redis-benchmark, 50 clients, tagged and untagged in turn, medians of ${bench.rounds} rounds of about ${bench.seconds} s. Microseconds are processor time of the server for one request.`,
        'Bookkeeping: each entry carries a tag of all and one of its own. Bytes are those of STATS tags, the most of them when all entries were there; TAGKEYS is asked for the tag of all and for a thousand others. Disk on unless it says off: with a disk layer eviction from memory loses no entry.',
      ],
    };
  },
};
