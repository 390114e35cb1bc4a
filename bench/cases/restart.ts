import { atLeast, atMost } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { Client } from '../client';
import { count, ms, percent, usAsMs } from '../format';
import { runLoad, VALUE_100 } from '../load';
import type { LoadFigures } from '../load-plan';
import type { Row } from '../report';
import type { Server, ServerOptions, Target } from '../servers';
import { sleepMs } from '../statistics';

const ENTRIES = 1_000_000;
const PING_MS_MAX = 1_000;
const GET_MS_MAX = 5;
/** Everything was written before the server stopped; misses would be quick answers too. */
const HITS_MIN = 0.999;
const READS_PER_SECOND = 1_000;
const READERS = 10;
const SETS_AT_ONCE = 1_000;
const QUEUE_CHECK_EVERY = 20_000;

interface Way {
  figure: string;
  signal: 'stop' | 'kill';
  changed: Partial<ServerOptions>;
}

const WAYS: readonly Way[] = [
  { figure: 'after SIGTERM', signal: 'stop', changed: { maxmemory: '8gb' } },
  { figure: 'after kill -9', signal: 'kill', changed: { maxmemory: '8gb' } },
];

/**
 * Room for the directory of all keys (half of memory at most), and for few values: most GETs have to go to the disk. redis-server would lose
 * what does not fit. With less, keys go too, and the rounds that follow would find them gone.
 */
const DISK_BOUND: Way = { figure: 'after SIGTERM, 220 MB of memory', signal: 'stop', changed: { maxmemory: '220mb' } };

interface Seen {
  pingMs: number;
  reads: LoadFigures;
}

/** Never faster than rows are written, so that none is shed. */
async function fillToDisk(server: Server, entries: number): Promise<void> {
  const client = await Client.open(server.port);
  for (let from = 0; from < entries; from += SETS_AT_ONCE) {
    const sets = Array.from({ length: Math.min(SETS_AT_ONCE, entries - from) }, (_, i) => {
      return ['SET', `key:${String(from + i).padStart(12, '0')}`, VALUE_100];
    });
    const failed = (await client.pipeline(sets)).find((reply) => reply !== 'OK');
    if (failed !== undefined) throw new Error(`SET was answered: ${failed}`);
    if (from % QUEUE_CHECK_EVERY === 0) while ((await server.diskQueue()) > 0) await sleepMs(10);
  }
  client.close();
  await server.settle();
  await server.expectKeys(entries);
}

async function once(server: Server, way: Way, entries: number, seconds: number): Promise<Seen> {
  await server[way.signal]();
  const pingMs = await server.startAgain(way.changed);
  const reads = await runLoad({
    ...{ port: server.port, connections: READERS, ratePerSecond: READS_PER_SECOND, durationMs: seconds * 1000 },
    ...{ commands: [{ args: ['GET', 'key:{n}'] }], keys: { count: entries, order: 'random' }, seed: Date.now() },
  });
  await server.settle();
  return { pingMs, reads };
}

async function seenOf(bench: Bench, target: Target, ways: readonly Way[], entries: number): Promise<Map<Way, Seen[]>> {
  bench.say(`${target.label}: ${count(entries)} entries to disk`);
  return withServers([[target, { disk: true, appendOnly: 'everysec' }]], async (server) => {
    await fillToDisk(server!, entries);
    const seen = new Map<Way, Seen[]>(ways.map((way) => [way, []]));
    for (let round = 0; round < bench.rounds; round++) {
      bench.say(`${target.label}: restarts, round ${round + 1} of ${bench.rounds}`);
      for (const [way, rounds] of seen) rounds.push(await once(server!, way, entries, bench.seconds));
    }
    return seen;
  });
}

function rowsOf(way: Way, mine: readonly Seen[], theirs: readonly Seen[] | undefined): Row[] {
  const worst = (all: readonly Seen[], of: (seen: Seen) => number) => Math.max(...all.map(of));
  const paired = (figure: string, show: (value: number) => string, of: (all: readonly Seen[]) => number): Row => ({
    ...{ figure: `${way.figure}: ${figure}`, subject: show(of(mine)) },
    ...(theirs === undefined ? {} : { pair: show(of(theirs)) }),
  });
  const ping = (all: readonly Seen[]) => worst(all, (seen) => seen.pingMs);
  const longest = (all: readonly Seen[]) => worst(all, (seen) => seen.reads.latencyUs.maxValue);
  const p99 = (all: readonly Seen[]) => worst(all, (seen) => seen.reads.latencyUs.getValueAtPercentile(99));
  const hits = (all: readonly Seen[]) => 1 - worst(all, (seen) => seen.reads.nulls / seen.reads.requests);
  return [
    { ...paired('first PONG', ms, ping), bar: atMost(ping(mine), PING_MS_MAX, `${PING_MS_MAX} ms`) },
    { ...paired('longest GET', usAsMs, longest), bar: atMost(longest(mine) / 1000, GET_MS_MAX, `${GET_MS_MAX} ms`) },
    paired('GET p99', usAsMs, p99),
    { ...paired('GETs that hit', percent, hits), bar: atLeast(hits(mine), HITS_MIN, percent(HITS_MIN)) },
  ];
}

export const restart: Case = {
  name: 'restart',
  title: 'a million entries on disk, and the server starts again',
  run: async (bench) => {
    const entries = bench.entries ?? ENTRIES;
    const theirs = await seenOf(bench, bench.pair, WAYS, entries);
    const mine = await seenOf(
      bench,
      bench.subject,
      bench.subject.name === 'larder' ? [...WAYS, DISK_BOUND] : WAYS,
      entries,
    );
    return {
      rows: [...mine].flatMap(([way, seen]) => rowsOf(way, seen, theirs.get(way))),
      notes: [
        `The worst of ${bench.rounds} restarts of each kind. First PONG: from spawn, tried every 3 ms. From then on ${count(READS_PER_SECOND)} GETs a second of random keys over ${READERS} connections for ${bench.seconds} s.`,
        'redis-server keeps an append-only file (fsync every second) here, and says LOADING instead of PONG until it has read it.',
      ],
    };
  },
};
