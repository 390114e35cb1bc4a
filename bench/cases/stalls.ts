import { atMost } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { count, mebibytes, usAsMs } from '../format';
import { fill, Load, runLoad, VALUE_100 } from '../load';
import type { CommandShare, LoadFigures } from '../load-plan';
import { merged } from '../load-plan';
import type { Row } from '../report';
import type { Server, Target } from '../servers';

const ENTRIES = 10_000_000;
const PINGS_PER_SECOND = 1000;
const STALL_MS_MAX = 30;
const STALL_P999_MS_MAX = 10;
/** The generator that fills does not push the one that measures, nor the server, off a processor. */
const NICENESS = 10;

/** Values that grow and shrink, keys that go and come back, over half as many keys again as were filled. */
const CHURN: CommandShare[] = [
  { weight: 4, args: ['SET', 'key:{n}', VALUE_100] },
  { weight: 2, args: ['SET', 'key:{n}', 'w'.repeat(300)] },
  { weight: 1, args: ['SET', 'key:{n}', 'x'.repeat(20), 'EX', '5'] },
  { weight: 2, args: ['DEL', 'key:{n}'] },
  { weight: 3, args: ['GET', 'key:{n}'] },
];

interface Seen {
  filling: LoadFigures;
  churning: LoadFigures;
  fillPerSecond: number;
  churnPerSecond: number;
  rssBytes: number;
}

async function observe(server: Server, entries: number): Promise<Seen> {
  const { port } = server;
  const pings = await Load.start({
    ...{ port, connections: 1, ratePerSecond: PINGS_PER_SECOND, commands: [{ args: ['PING'] }] },
    keys: { count: 1, order: 'random' },
  });
  const filled = await fill(port, entries, { niceness: NICENESS });
  const filling = await pings.mark();
  await server.expectKeys(entries);
  const churned = await runLoad({
    ...{ port, connections: 8, pipeline: 64, commands: CHURN, requests: entries, niceness: NICENESS },
    keys: { count: Math.round(entries * 1.5), order: 'random' },
  });
  const churning = await pings.stop();
  return {
    ...{ filling, churning, rssBytes: server.rssBytes() },
    fillPerSecond: (filled.requests * 1000) / filled.elapsedMs,
    churnPerSecond: (churned.requests * 1000) / churned.elapsedMs,
  };
}

function rowsOf(disk: string, mine: Seen, theirs: Seen): Row[] {
  const rows: Row[] = [];
  const phases = [
    ['filling', (seen: Seen) => seen.filling.latencyUs],
    ['churning', (seen: Seen) => seen.churning.latencyUs],
    ['both', (seen: Seen) => merged([seen.filling.latencyUs, seen.churning.latencyUs])],
  ] as const;
  for (const [phase, of] of phases) {
    const measures = [
      ['longest', (seen: Seen) => of(seen).maxValue, STALL_MS_MAX],
      ['p99.9', (seen: Seen) => of(seen).getValueAtPercentile(99.9), STALL_P999_MS_MAX],
    ] as const;
    for (const [measure, value, limitMs] of measures) {
      const row = {
        figure: `PING ${measure}, ${phase}, disk ${disk}`,
        subject: usAsMs(value(mine)),
        pair: usAsMs(value(theirs)),
      };
      rows.push(phase === 'both' ? { ...row, bar: atMost(value(mine) / 1000, limitMs, `${limitMs} ms`) } : row);
    }
  }
  const speeds = (seen: Seen) => `${count(seen.fillPerSecond)}/s, ${count(seen.churnPerSecond)}/s`;
  rows.push({ figure: `filled and churned at, disk ${disk}`, subject: speeds(mine), pair: speeds(theirs) });
  rows.push({
    figure: `RSS at the end, disk ${disk}`,
    subject: mebibytes(mine.rssBytes),
    pair: mebibytes(theirs.rssBytes),
  });
  return rows;
}

async function seenOf(bench: Bench, target: Target, disk: boolean, entries: number): Promise<Seen> {
  bench.say(`${target.label}: ${count(entries)} entries filled and churned${disk ? ', disk on' : ''}`);
  return withServers([[target, { disk, maxmemory: '8gb' }]], (server) => observe(server!, entries));
}

export const stalls: Case = {
  name: 'stalls',
  title: 'what a pinging client feels while entries are filled and churned at 8 GB',
  run: async (bench) => {
    const entries = bench.entries ?? ENTRIES;
    const theirs = await seenOf(bench, bench.pair, false, entries);
    const rows: Row[] = [];
    const lags: number[] = [];
    for (const disk of [false, true]) {
      const mine = await seenOf(bench, bench.subject, disk, entries);
      rows.push(...rowsOf(disk ? 'on' : 'off', mine, theirs));
      lags.push(mine.filling.lagUs.maxValue, mine.churning.lagUs.maxValue);
    }
    return {
      rows,
      notes: [
        `${count(entries)} SETs of 16 + 100 bytes over 8 connections, 64 in flight on each; then as many of SET (20, 100, 300 bytes), SET EX, DEL and GET over half as many keys again. redis-server ran once, writing nothing to disk.`,
        `One PING each millisecond on a connection of its own, answered or not; the latency begins when it is written. The pinging process itself was at most ${usAsMs(Math.max(...lags))} late.`,
      ],
    };
  },
};
