import { atMost, exactly } from '../bars';
import { type Bench, withServers } from '../bench';
import { Client } from '../client';
import { count, ms, usAsMs } from '../format';
import { fill, Load, VALUE_100 } from '../load';
import type { LoadFigures } from '../load-plan';
import type { Row } from '../report';
import type { Server } from '../servers';
import { median, sleepMs } from '../statistics';
import { noneCarried, untilTags } from './stats';

const BIG = 1_000_000;
export const PINGS_PER_SECOND = 1_000;
const WINDOW_MS = 1_000;
const SETTLE_LIMIT_MS = 300_000;
const RECLAIM_LIMIT_MS = 60_000;
const ACK_MS_MAX = 8;
const STALL_MS_MAX = 15;

const KINDS: readonly { figure: string; tags: string[] }[] = [
  { figure: 'that carry nothing else', tags: ['big'] },
  { figure: 'each of which carries a tag of its own too', tags: ['big', 'own:{n}'] },
];

interface Seen {
  ackMs: number;
  died: number;
  left: number;
  before: LoadFigures;
  during: LoadFigures;
}

async function observe(server: Server, tags: readonly string[], big: number): Promise<Seen> {
  const { port } = server;
  await fill(port, big, { commands: [{ args: ['TAGSET', 'key:{n}', VALUE_100, 'TAGS', ...tags] }] });
  await server.expectKeys(big);
  await server.settle(SETTLE_LIMIT_MS);
  const caller = await Client.open(port);
  const pings = await Load.start({
    ...{ port, connections: 1, ratePerSecond: PINGS_PER_SECOND, commands: [{ args: ['PING'] }] },
    keys: { count: 1, order: 'random' },
  });
  await sleepMs(WINDOW_MS);
  const before = await pings.mark();
  const startedMs = performance.now();
  const died = Number(await caller.call('INVALTAG', 'big'));
  const ackMs = performance.now() - startedMs;
  const left = Number(await caller.call('DBSIZE'));
  await Promise.all([untilTags(port, RECLAIM_LIMIT_MS, noneCarried), sleepMs(WINDOW_MS)]);
  const during = await pings.stop();
  caller.close();
  return { ackMs, died, left, before, during };
}

function rowsOf(kind: string, seen: readonly Seen[], big: number): Row[] {
  const worst = (of: (seen: Seen) => number) => Math.max(...seen.map(of));
  const ackMs = median(seen.map((each) => each.ackMs));
  const longestUs = (of: (seen: Seen) => LoadFigures) => worst((each) => of(each).latencyUs.maxValue);
  const wrong = worst((each) => Math.max(Math.abs(each.died - big), each.left));
  const during = longestUs((each) => each.during);
  return [
    {
      ...{ figure: `INVALTAG of ${count(big)} keys ${kind}, acknowledged: median`, subject: ms(ackMs) },
      bar: atMost(ackMs, ACK_MS_MAX, `${ACK_MS_MAX} ms`),
    },
    { figure: 'the same, slowest', subject: ms(worst((each) => each.ackMs)) },
    { figure: 'its reply and DBSIZE at once are wrong by', subject: count(wrong), bar: exactly(wrong, 0) },
    { figure: 'longest PING in the second before', subject: usAsMs(longestUs((each) => each.before)) },
    {
      ...{ figure: 'longest PING from then until all is reclaimed', subject: usAsMs(during) },
      bar: atMost(during / 1000, STALL_MS_MAX, `${STALL_MS_MAX} ms`),
    },
    {
      figure: 'how late the pinging process was itself, at most',
      subject: usAsMs(worst((each) => each.during.lagUs.maxValue)),
    },
  ];
}

/** A tag of a million keys dies: how soon it is acknowledged, and what a client that pings feels until all is reclaimed. */
export async function bigTag(bench: Bench): Promise<Row[]> {
  const big = bench.entries ?? BIG;
  const rows: Row[] = [];
  for (const { figure, tags } of KINDS) {
    const seen: Seen[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      bench.say(`a tag of ${count(big)} keys ${figure}, round ${round + 1} of ${bench.rounds}`);
      seen.push(await withServers([[bench.subject, { disk: true }]], (server) => observe(server!, tags, big)));
    }
    rows.push(...rowsOf(figure, seen, big));
  }
  return rows;
}
