import { atMost, exactly } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { Client, type Reply } from '../client';
import { count, ms, plainRatio, usAsMs } from '../format';
import { fill, Load, VALUE_100 } from '../load';
import { type LoadFigures, merged } from '../load-plan';
import type { Row } from '../report';
import type { Server, Target } from '../servers';
import { median, randomFrom, sleepMs } from '../statistics';
import { INVALIDATE_SET } from '../tags/redis-sets';

const BIG = 1_000_000;
/** Of the keys with the tag `big`, the first half carries `half` too; besides, a tenth as many carry only `half`. */
const othersOf = (big: number) => Math.round(big / 10);
const HOT = 10_000;
const ACK_MS_MAX = 8;
const P99_GROWTH_MAX = 2;
const READS_PER_SECOND = 2_000;
const WINDOW_MS = 1_000;
const SAMPLES = 20_000;
const SAMPLES_AT_ONCE = 100;
const DRAIN_LIMIT_MS = 300_000;

interface Seen {
  bigMs: number;
  halfMs: number;
  bigDied: number;
  halfDied: number;
  dbsizeAfterBig: number;
  dbsizeAfterHalf: number;
  oldValues: number;
  oldValuesAfterKill: number;
  before: LoadFigures;
  during: LoadFigures;
}

async function fillTagged(server: Server, big: number): Promise<void> {
  const { port } = server;
  const others = othersOf(big);
  const pass = (args: string[], from: number, keys: number) => {
    return fill(port, keys, { commands: [{ args }], keys: { from, count: keys, order: 'sequential' } });
  };
  await pass(['SET', 'hot:{n}', VALUE_100], 0, HOT);
  if (server.target.hasTags) {
    const tagSet = (...tags: string[]) => ['TAGSET', 'key:{n}', VALUE_100, 'TAGS', ...tags];
    await pass(tagSet('big', 'half'), 0, big / 2);
    await pass(tagSet('big'), big / 2, big / 2);
    await pass(tagSet('half'), big, others);
  } else {
    await pass(['SET', 'key:{n}', VALUE_100], 0, big + others);
    await pass(['SADD', 'big', 'key:{n}'], 0, big);
    await pass(['SADD', 'half', 'key:{n}'], 0, big / 2);
    await pass(['SADD', 'half', 'key:{n}'], big, others);
  }
}

/** GETs random keys of `from` to `to`; returns how many still have a value. */
async function sample(client: Client, from: number, to: number, seed: number): Promise<number> {
  const draw = randomFrom(seed);
  let found = 0;
  for (let asked = 0; asked < SAMPLES; asked += SAMPLES_AT_ONCE) {
    const gets = Array.from({ length: SAMPLES_AT_ONCE }, () => {
      return ['GET', `key:${String(from + (draw() % (to - from))).padStart(12, '0')}`];
    });
    found += (await client.pipeline(gets)).filter((reply: Reply) => reply !== null).length;
  }
  return found;
}

/** Figures of a reader over one window in which `work` begins at once. */
async function during<T>(reader: Load, work: () => Promise<T>): Promise<[T, LoadFigures]> {
  await reader.mark();
  const [result] = await Promise.all([work(), sleepMs(WINDOW_MS)]);
  return [result, await reader.mark()];
}

async function observe(server: Server, big: number): Promise<Seen> {
  const { port, target } = server;
  await fillTagged(server, big);
  await server.settle(DRAIN_LIMIT_MS);
  const [caller, witness] = [await Client.open(port), await Client.open(port)];
  const reader = await Load.start({
    ...{ port, connections: 1, ratePerSecond: READS_PER_SECOND, commands: [{ args: ['GET', 'hot:{n}'] }] },
    keys: { count: HOT, order: 'random' },
  });
  const invalidateTag = async (tag: string) => {
    const startedMs = performance.now();
    const died = await (target.hasTags ? caller.call('INVALTAG', tag) : caller.call('EVAL', INVALIDATE_SET, 1, tag));
    const tookMs = performance.now() - startedMs;
    return { tookMs, died: Number(died), dbsize: Number(await witness.call('DBSIZE')) };
  };
  await sample(witness, 0, big, 1);
  const [, before] = await during(reader, () => sample(witness, 0, big, 2));
  const [ofBig, whileDying] = await during(reader, async () => {
    const result = await invalidateTag('big');
    return { ...result, old: await sample(witness, 0, big, 3) };
  });
  const ofHalf = await invalidateTag('half');
  const oldValues = ofBig.old + (await sample(witness, 0, big + othersOf(big), 4));
  await reader.stop();
  caller.close();
  witness.close();
  return {
    ...{ bigMs: ofBig.tookMs, halfMs: ofHalf.tookMs, bigDied: ofBig.died, halfDied: ofHalf.died },
    ...{ dbsizeAfterBig: ofBig.dbsize, dbsizeAfterHalf: ofHalf.dbsize, oldValues, before, during: whileDying },
    oldValuesAfterKill: target.hasTags ? await oldAfterKill(server, big) : 0,
  };
}

async function oldAfterKill(server: Server, big: number): Promise<number> {
  await server.kill();
  await server.startAgain();
  const client = await Client.open(server.port);
  const old = await sample(client, 0, big + othersOf(big), 5);
  client.close();
  return old;
}

function rowsOf(mine: readonly Seen[], theirs: readonly Seen[], big: number, tags: boolean): Row[] {
  const others = othersOf(big);
  /** redis-server keeps its two tag sets as keys: one less once `big` is gone. */
  const expectedDbsize = tags ? [others + HOT, HOT] : [others + HOT + 1, HOT];
  const worst = (all: readonly Seen[], of: (seen: Seen) => number) => Math.max(...all.map(of));
  const off = (wanted: number, of: (seen: Seen) => number) => worst(mine, (seen) => Math.abs(of(seen) - wanted));
  const timed = (figure: string, of: (seen: Seen) => number): Row => ({
    ...{ figure: `${figure}: median`, subject: ms(median(mine.map(of))), pair: ms(median(theirs.map(of))) },
    bar: atMost(median(mine.map(of)), ACK_MS_MAX, `${ACK_MS_MAX} ms`),
  });
  const wrong = (figure: string, deviation: number): Row => ({
    figure,
    subject: count(deviation),
    bar: exactly(deviation, 0),
  });
  const p99 = (all: readonly Seen[], of: (seen: Seen) => LoadFigures) => {
    return merged(all.map((seen) => of(seen).latencyUs)).getValueAtPercentile(99);
  };
  const [before, whileDying] = [(seen: Seen) => seen.before, (seen: Seen) => seen.during];
  const growth = (all: readonly Seen[]) => p99(all, whileDying) / p99(all, before);
  const longest = (all: readonly Seen[]) => worst(all, (seen) => seen.during.latencyUs.maxValue);
  return [
    timed(`INVALTAG of ${count(big)} keys acknowledged`, (seen) => seen.bigMs),
    { figure: 'the same, slowest', subject: ms(worst(mine, (s) => s.bigMs)), pair: ms(worst(theirs, (s) => s.bigMs)) },
    wrong(
      'its reply differs from the keys that died by',
      off(big, (seen) => seen.bigDied),
    ),
    wrong(
      'DBSIZE at once differs by',
      off(expectedDbsize[0]!, (seen) => seen.dbsizeAfterBig),
    ),
    timed(`INVALTAG of the overlapping tag (${count(others)} left)`, (seen) => seen.halfMs),
    wrong(
      'its reply differs by',
      off(others, (seen) => seen.halfDied),
    ),
    wrong(
      'DBSIZE at once differs by',
      off(expectedDbsize[1]!, (seen) => seen.dbsizeAfterHalf),
    ),
    wrong(
      `old values in ${count(SAMPLES * 2 * mine.length)} GETs`,
      worst(mine, (seen) => seen.oldValues),
    ),
    wrong(
      `old values in ${count(SAMPLES * mine.length)} GETs after kill -9 and restart`,
      worst(mine, (seen) => seen.oldValuesAfterKill),
    ),
    {
      figure: 'another client’s GET p99 before',
      subject: usAsMs(p99(mine, before)),
      pair: usAsMs(p99(theirs, before)),
    },
    { figure: 'p99 during', subject: usAsMs(p99(mine, whileDying)), pair: usAsMs(p99(theirs, whileDying)) },
    {
      ...{ figure: 'p99 during / before', subject: plainRatio(growth(mine)), pair: plainRatio(growth(theirs)) },
      bar: atMost(growth(mine), P99_GROWTH_MAX, `${P99_GROWTH_MAX}`),
    },
    { figure: 'longest GET during', subject: usAsMs(longest(mine)), pair: usAsMs(longest(theirs)) },
  ];
}

async function seenOf(bench: Bench, target: Target, big: number, rounds: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let round = 0; round < rounds; round++) {
    bench.say(`${target.label}: a tag of ${count(big)} keys, round ${round + 1} of ${rounds}`);
    seen.push(await withServers([[target, { disk: true }]], (server) => observe(server!, big)));
  }
  return seen;
}

export const invalidate: Case = {
  name: 'invalidate',
  title: 'a tag of a million keys dies, disk on',
  run: async (bench) => {
    const big = (bench.entries ?? BIG) & ~1;
    const theirs = await seenOf(bench, bench.pair, big, Math.min(bench.rounds, 2));
    const mine = await seenOf(bench, bench.subject, big, bench.rounds);
    return {
      rows: rowsOf(mine, theirs, big, bench.subject.hasTags),
      notes: [
        `${bench.rounds} rounds, each on a new server. Tag \`big\`: ${count(big)} keys; tag \`half\`: half of these and ${count(othersOf(big))} others; deviations and counts of old values are the worst of all rounds.`,
        `The other client: ${count(READS_PER_SECOND)} GETs a second on a connection of its own, for ${WINDOW_MS} ms before, and from the INVALTAG on; in both windows ${count(SAMPLES)} sample GETs go beside it.`,
        'redis-server has no tags: there the keys of a tag are a set, and a script deletes them at once.',
      ],
    };
  },
};
