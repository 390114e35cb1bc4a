import { atLeast } from '../bars';
import { type Bench, withServers } from '../bench';
import { ask } from '../client';
import { perSecond, ratio, usAsMs } from '../format';
import { fill, Load, runLoad, VALUE_100 } from '../load';
import { type CommandShare, type LoadFigures, type LoadPlan, merged } from '../load-plan';
import type { Row } from '../report';
import type { Server, ServerOptions, Target } from '../servers';
import { median, ratioOf } from '../statistics';
import { INVALIDATE_SET, STORE_IN_SET } from './redis-sets';
import { TagStats } from './stats';

const CLIENTS = 50;
export const KEYS_PER_TAG = 3;
const TAGS = 60_000;
/** Of the tags that are carried, the part that goes to who sends one by one. */
const ONE_BY_ONE_PART = 4;
const UNCARRIED_TAGS = 1_000_000;
export const FILLS_PER_SECOND = 10_000;
const FILLERS = 2;
const SETTLE_LIMIT_MS = 120_000;

const PER_SECOND_MIN = 20_000;
const TIMES_ONE_BY_ONE_MIN = 5;

interface Mode {
  figure: string;
  target: Target;
  options: ServerOptions;
  hasBar: boolean;
  /** One client sends one by one as well. */
  oneByOne: boolean;
}

/** The same work in a server's own words. */
interface Words {
  invalidate(tag: string): string[];
  fill(key: string, tag: string): string[];
}

interface Measured {
  perSecond: number[];
  cpuUs: number[];
  figures: LoadFigures[];
  /** Entries that died for each invalidation, the least of all rounds. */
  died: number;
}

interface Seen {
  mode: Mode;
  carried: Measured;
  uncarried: Measured;
  oneByOne: Measured;
}

const nothing = (): Measured => ({ perSecond: [], cpuUs: [], figures: [], died: Number.POSITIVE_INFINITY });

function modesOf(bench: Bench): Mode[] {
  const mode = (figure: string, settings: Record<string, string>, more: Partial<Mode> = {}): Mode => ({
    ...{ figure, target: bench.subject, options: { disk: true, settings }, hasBar: false, oneByOne: false },
    ...more,
  });
  return [
    mode('durability process', { durability: 'process' }, { hasBar: true, oneByOne: true }),
    mode('durability process, invalidate-window 1 ms', { durability: 'process', 'invalidate-window': '1' }),
    mode('durability power', { durability: 'power' }, { oneByOne: true }),
    mode('redis-server', {}, { target: bench.pair, options: { disk: true, appendOnly: 'no' }, oneByOne: true }),
  ];
}

async function wordsOf(server: Server): Promise<Words> {
  if (server.target.hasTags) {
    return {
      invalidate: (tag) => ['INVALTAG', tag],
      fill: (key, tag) => ['TAGSET', key, VALUE_100, 'TAGS', tag],
    };
  }
  const [invalidate, add] = [
    String(await ask(server.port, 'SCRIPT', 'LOAD', INVALIDATE_SET)),
    String(await ask(server.port, 'SCRIPT', 'LOAD', STORE_IN_SET)),
  ];
  return {
    invalidate: (tag) => ['EVALSHA', invalidate, '1', tag],
    fill: (key, tag) => ['EVALSHA', add, '2', key, tag, VALUE_100],
  };
}

const fillsOf = (words: Words): CommandShare[] =>
  Array.from({ length: KEYS_PER_TAG }, (_, i) => ({ args: words.fill(`k${i}:{n}`, 'tag:{n}') }));

async function invalidatedBy(server: Server): Promise<[commands: number, entries: number]> {
  if (!server.target.hasTags) return [0, 0];
  const stats = await TagStats.of(server.port);
  return [stats.get('invalidations'), stats.get('invalidated_entries')];
}

/** One load, each request of which is an invalidation. */
async function measure(server: Server, into: Measured, plan: Omit<LoadPlan, 'port'>): Promise<void> {
  const [commandsBefore, entriesBefore] = await invalidatedBy(server);
  const cpuBeforeMs = server.cpuMs();
  const figures = await runLoad({ port: server.port, ...plan });
  const cpuMs = server.cpuMs() - cpuBeforeMs;
  const [commands, entries] = await invalidatedBy(server);
  into.perSecond.push((figures.requests * 1000) / figures.elapsedMs);
  into.cpuUs.push((cpuMs * 1000) / figures.requests);
  into.figures.push(figures);
  into.died = Math.min(into.died, (entries - entriesBefore) / (commands - commandsBefore));
}

async function round(server: Server, seen: Seen, bench: Bench, tags: number): Promise<void> {
  const { port } = server;
  const words = await wordsOf(server);
  for (const command of fillsOf(words)) {
    await fill(port, tags, { commands: [command], keys: { count: tags, order: 'sequential' } });
  }
  await server.settle(SETTLE_LIMIT_MS);
  const durationMs = bench.seconds * 1000;
  const commands = [{ args: words.invalidate('tag:{n}') }];
  const alone = seen.mode.oneByOne ? Math.floor(tags / ONE_BY_ONE_PART) : 0;
  if (alone > 0) {
    const keys = { count: alone, order: 'sequential' } as const;
    await measure(server, seen.oneByOne, { connections: 1, pipeline: 1, commands, keys, requests: alone, durationMs });
  }
  const fillers = await Load.start({
    ...{ port, connections: FILLERS, ratePerSecond: FILLS_PER_SECOND, commands: fillsOf(words) },
    keys: { count: tags, order: 'random' },
  });
  const keys = { from: alone, count: tags - alone, order: 'sequential' } as const;
  await measure(server, seen.carried, {
    ...{ connections: CLIENTS, pipeline: 1, commands, keys, requests: tags - alone },
  });
  const filled = await fillers.stop();
  if (filled.errors > 0) throw new Error(`a fill was answered with an error: ${filled.firstError}`);
  await server.settle(SETTLE_LIMIT_MS);
  await measure(server, seen.uncarried, {
    ...{ connections: CLIENTS, pipeline: 1, commands: [{ args: words.invalidate('none:{n}') }], durationMs },
    keys: { count: UNCARRIED_TAGS, order: 'random' },
  });
}

/** Lets one server run and the others stand still. */
async function alone(servers: readonly Server[], one: Server, work: () => Promise<void>): Promise<void> {
  const others = servers.filter((server) => server !== one);
  for (const other of others) other.pause();
  try {
    await work();
  } finally {
    for (const other of others) other.resume();
  }
}

const shown = ({ perSecond: rates, cpuUs, figures }: Measured) => {
  const latencyUs = merged(figures.map((each) => each.latencyUs));
  const [half, p99] = [50, 99].map((percentile) => usAsMs(latencyUs.getValueAtPercentile(percentile)));
  return `${perSecond(median(rates))}, ${median(cpuUs).toFixed(1)} µs; p50 ${half}, p99 ${p99}`;
};

function rateRows(seen: readonly Seen[], pair: Seen): Row[] {
  const rows: Row[] = [];
  const works = [
    ['carried', `INVALTAG of tags with ${KEYS_PER_TAG} live keys, filled beside`],
    ['uncarried', 'INVALTAG of tags that nobody carries'],
  ] as const;
  for (const [work, figure] of works) {
    for (const { mode, [work]: mine } of seen) {
      rows.push({
        ...{ figure: `${figure}, ${CLIENTS} clients, ${mode.figure}`, subject: shown(mine) },
        ...(mode.hasBar
          ? {
              ...{ pair: shown(pair[work]), ratio: ratio(ratioOf(mine.perSecond, pair[work].perSecond)) },
              bar: atLeast(median(mine.perSecond), PER_SECOND_MIN, perSecond(PER_SECOND_MIN)),
            }
          : {}),
      });
    }
  }
  const died = Math.min(...seen.map(({ carried }) => carried.died));
  rows.push({
    ...{ figure: 'entries that died of each INVALTAG of the former', subject: died.toFixed(2) },
    bar: atLeast(died, KEYS_PER_TAG),
  });
  return rows;
}

function oneByOneRows(seen: readonly Seen[], pair: Seen): Row[] {
  const [first] = seen as [Seen];
  const synced = seen.find(({ mode }) => mode.figure === 'durability power')!;
  const times = (many: Seen) => ratioOf(many.carried.perSecond, synced.oneByOne.perSecond);
  const rows: Row[] = seen
    .filter(({ mode }) => mode.oneByOne)
    .map(({ mode, oneByOne }) => ({
      figure: `INVALTAG, one client, one by one, ${mode.figure}`,
      subject: shown(oneByOne),
    }));
  rows[0] = { ...rows[0]!, pair: shown(pair.oneByOne) };
  rows.push({
    ...{ figure: `${CLIENTS} clients, ${first.mode.figure}, over one by one with a commit each (power)` },
    ...{ subject: '', ratio: ratio(times(first)) },
    bar: atLeast(times(first).value, TIMES_ONE_BY_ONE_MIN),
  });
  rows.push({
    figure: `${CLIENTS} clients, durability power, over the same`,
    subject: '',
    ratio: ratio(times(synced)),
  });
  return rows;
}

/** How many invalidations of small tags a second, as durable as they are answered. */
export async function smallTags(bench: Bench): Promise<Row[]> {
  const tags = bench.entries === undefined ? TAGS : Math.max(1, Math.floor(bench.entries / KEYS_PER_TAG));
  const modes = modesOf(bench);
  const seen = modes.map((mode) => ({ mode, carried: nothing(), uncarried: nothing(), oneByOne: nothing() }));
  await withServers(
    modes.map(({ target, options }) => [target, options] as const),
    async (...servers) => {
      for (let each = 0; each < bench.rounds; each++) {
        for (const [index, server] of servers.entries()) {
          bench.say(`small tags, ${modes[index]!.figure}, round ${each + 1} of ${bench.rounds}`);
          await alone(servers, server, () => round(server, seen[index]!, bench, tags));
        }
      }
    },
  );
  const pair = seen.pop()!;
  return [...rateRows(seen, pair), ...oneByOneRows(seen, pair)];
}
