import { execFileSync } from 'node:child_process';
import { atMost } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { encode } from '../client';
import { bytes, count, plainRatio, usAsMs } from '../format';
import { fill, runLoad } from '../load';
import { type Connection, openConnection } from '../load-connection';
import type { Row } from '../report';
import type { Server, Target } from '../servers';
import { median } from '../statistics';

const IDLE_CONNECTIONS = 10_000;
const ACTIVE_CONNECTIONS = 50;
const KEYS = 100_000;
const OPEN_FILES = 20_000;
const BYTES_PER_CONNECTION_MAX = 20 * 1024;
const P99_GROWTH_MAX = 2;
/** Connections opened at once: below a listener's usual backlog. */
const OPENING_AT_ONCE = 100;
const CONNECTIONS_PER_ADDRESS = 2_000;

interface Seen {
  aloneUs: number[];
  besideIdleUs: number[];
  bytesPerConnection: number;
}

/** Connections that said PING once and nothing since, from several loopback addresses. */
async function openIdle(port: number): Promise<Connection[]> {
  const open: Connection[] = [];
  while (open.length < IDLE_CONNECTIONS) {
    const address = `127.0.0.${2 + Math.floor(open.length / CONNECTIONS_PER_ADDRESS)}`;
    open.push(...(await Promise.all(Array.from({ length: OPENING_AT_ONCE }, () => openAndPing(port, address)))));
  }
  return open;
}

async function openAndPing(port: number, address: string): Promise<Connection> {
  const connection = await openConnection(port, address);
  await new Promise<void>((resolve, reject) => {
    connection.onEnd = reject;
    connection.onReplies = () => resolve();
    connection.socket.write(encode(['PING']));
  });
  if (connection.counter.errors > 0) throw new Error(`an idle connection was told: ${connection.counter.firstError}`);
  return connection;
}

async function p99Us(port: number, seconds: number): Promise<number> {
  const figures = await runLoad({
    ...{ port, connections: ACTIVE_CONNECTIONS, pipeline: 1, commands: [{ args: ['GET', 'key:{n}'] }] },
    ...{ keys: { count: KEYS, order: 'random' }, durationMs: seconds * 1000 },
  });
  return figures.latencyUs.getValueAtPercentile(99);
}

async function observe(server: Server, bench: Bench): Promise<Seen> {
  const { port } = server;
  await fill(port, KEYS);
  await p99Us(port, bench.seconds);
  const seen: Seen = { aloneUs: [], besideIdleUs: [], bytesPerConnection: 0 };
  for (let round = 0; round < bench.rounds; round++) {
    await server.settle();
    seen.aloneUs.push(await p99Us(port, bench.seconds));
    await server.settle();
    const before = server.rssBytes();
    const idleOnes = await openIdle(port);
    await server.settle();
    // Only the first thousands find a server that has not kept room from earlier ones.
    if (round === 0) seen.bytesPerConnection = (server.rssBytes() - before) / IDLE_CONNECTIONS;
    seen.besideIdleUs.push(await p99Us(port, bench.seconds));
    const gone = idleOnes.find(({ socket }) => socket.destroyed);
    for (const connection of idleOnes) {
      connection.onEnd = () => {};
      connection.socket.destroy();
    }
    if (gone !== undefined) throw new Error('an idle connection was closed by the server meanwhile');
  }
  return seen;
}

function seenOf(bench: Bench, target: Target): Promise<Seen> {
  bench.say(`${target.label}: ${count(IDLE_CONNECTIONS)} idle connections`);
  const settings = { maxclients: String(IDLE_CONNECTIONS + 2 * ACTIVE_CONNECTIONS) };
  return withServers([[target, { disk: false, settings }]], (server) => observe(server!, bench));
}

function rowsOf(mine: Seen, theirs: Seen): Row[] {
  const alone = (seen: Seen) => median(seen.aloneUs);
  const beside = (seen: Seen) => median(seen.besideIdleUs);
  const growth = (seen: Seen) => beside(seen) / alone(seen);
  return [
    {
      figure: `GET p99, ${ACTIVE_CONNECTIONS} active connections alone`,
      subject: usAsMs(alone(mine)),
      pair: usAsMs(alone(theirs)),
    },
    {
      figure: `GET p99 beside ${count(IDLE_CONNECTIONS)} idle ones`,
      subject: usAsMs(beside(mine)),
      pair: usAsMs(beside(theirs)),
    },
    {
      ...{
        figure: 'p99 beside idle ones / alone',
        subject: plainRatio(growth(mine)),
        pair: plainRatio(growth(theirs)),
      },
      bar: atMost(growth(mine), P99_GROWTH_MAX, `${P99_GROWTH_MAX}`),
    },
    {
      ...{
        figure: 'RSS of an idle connection',
        subject: bytes(mine.bytesPerConnection),
        pair: bytes(theirs.bytesPerConnection),
      },
      bar: atMost(mine.bytesPerConnection, BYTES_PER_CONNECTION_MAX, bytes(BYTES_PER_CONNECTION_MAX)),
    },
  ];
}

export const idle: Case = {
  name: 'idle',
  title: `${count(IDLE_CONNECTIONS)} idle connections beside ${ACTIVE_CONNECTIONS} active ones`,
  run: async (bench) => {
    // This process holds the idle ends.
    execFileSync('prlimit', ['--pid', `${process.pid}`, `--nofile=${OPEN_FILES}:${OPEN_FILES}`]);
    const theirs = await seenOf(bench, bench.pair);
    const mine = await seenOf(bench, bench.subject);
    return {
      rows: rowsOf(mine, theirs),
      notes: [
        `Active: closed loop, one GET in flight on each, about ${bench.seconds} s; medians of ${bench.rounds} rounds of alone, then beside. Disk off.`,
        'Idle: connected, one PING answered, silent since. RSS: what the first ones added to a server that had served the active ones.',
      ],
    };
  },
};
