import { exactly } from '../bars';
import { type Bench, withServers } from '../bench';
import { Client, type Reply } from '../client';
import { bytes, count, mebibytes } from '../format';
import { fill, VALUE_100 } from '../load';
import type { Row } from '../report';
import type { Server, ServerOptions } from '../servers';
import { randomFrom } from '../statistics';
import { noneCarried, TagStats, untilTags } from './stats';

const ENTRIES = 1_000_000;
const GONE_LIMIT_MS = 120_000;
const SETTLE_LIMIT_MS = 120_000;
const NAMES_SAMPLED = 1_000;
/** What a fill surely manages: entries expire together, after it. */
const FILLS_PER_SECOND_MIN = 30_000;
const EXPIRY_MARGIN_MS = 3_000;
/** More than an entry takes, and less: all tagged ones fit, and all are pushed out. */
const ENTRY_BYTES_MAX = 400;
const ENTRY_BYTES_MIN = 100;
const MAXMEMORY_BYTES_MIN = 64 * 1024 * 1024;

const SHARED_TAG = 'all';
const ownTag = (number: number) => `own:${String(number).padStart(12, '0')}`;
const maxmemoryBytes = (entries: number) => Math.max(MAXMEMORY_BYTES_MIN, entries * ENTRY_BYTES_MAX);

/** A way in which tagged entries leave. */
interface Way {
  figure: string;
  options(entries: number): ServerOptions;
  /** Options of the TAGSETs. */
  expiry(entries: number): string[];
  end(server: Server, entries: number): Promise<unknown>;
}

const withDisk = () => ({ disk: true });
const never = () => [];
const each = (server: Server, entries: number, args: string[]) => fill(server.port, entries, { commands: [{ args }] });

const WAYS: readonly Way[] = [
  {
    figure: 'expired',
    options: withDisk,
    expiry: (entries) => [
      'PXAT',
      String(Date.now() + Math.round((entries * 1000) / FILLS_PER_SECOND_MIN) + EXPIRY_MARGIN_MS),
    ],
    end: async () => {},
  },
  {
    figure: 'were evicted (disk off)',
    options: (entries) => ({ disk: false, maxmemory: String(maxmemoryBytes(entries)) }),
    expiry: never,
    end: (server, entries) => {
      const pushing = Math.ceil(maxmemoryBytes(entries) / ENTRY_BYTES_MIN);
      return each(server, pushing, ['SET', 'new:{n}', VALUE_100]);
    },
  },
  {
    figure: 'were overwritten by SET',
    options: withDisk,
    expiry: never,
    end: (server, entries) => each(server, entries, ['SET', 'key:{n}', VALUE_100]),
  },
  {
    figure: 'were deleted',
    options: withDisk,
    expiry: never,
    end: (server, entries) => each(server, entries, ['DEL', 'key:{n}']),
  },
  {
    figure: 'were invalidated',
    options: withDisk,
    expiry: never,
    end: async (server) => {
      const client = await Client.open(server.port);
      await client.call('INVALTAG', SHARED_TAG);
      client.close();
    },
  },
];

/** Keys that TAGKEYS still names: all of the shared tag, and of some of the others. */
async function namedKeys(port: number, entries: number): Promise<number> {
  const client = await Client.open(port);
  const draw = randomFrom(entries);
  const tags = [SHARED_TAG, ...Array.from({ length: NAMES_SAMPLED }, () => ownTag(draw() % entries))];
  const replies = await client.pipeline(tags.map((tag) => ['TAGKEYS', tag, 'COUNT', 10_000]));
  client.close();
  return replies.reduce<number>((named, reply) => named + keysIn(reply), 0);
}

function keysIn(reply: Reply): number {
  const keys = Array.isArray(reply) ? reply[1] : undefined;
  if (!Array.isArray(keys)) throw new Error(`TAGKEYS answered ${String(reply)}`);
  return keys.length;
}

async function observe(server: Server, way: Way, entries: number): Promise<Row[]> {
  const { port } = server;
  const atStart = (await TagStats.of(port)).get('bytes');
  const tagSet = ['TAGSET', 'key:{n}', VALUE_100, ...way.expiry(entries), 'TAGS', SHARED_TAG, 'own:{n}'];
  await each(server, entries, tagSet);
  await server.expectKeys(entries);
  const most = (await TagStats.of(port)).get('bytes') - atStart;
  if ((await namedKeys(port, entries)) === 0) throw new Error('no entry carries the tags that it was stored with');
  if (way.figure !== 'expired') await server.settle(SETTLE_LIMIT_MS);
  await way.end(server, entries);
  const beganMs = performance.now();
  const isOver = (stats: TagStats) => noneCarried(stats) && stats.get('bytes') <= atStart;
  const last = await untilTags(port, GONE_LIMIT_MS, isOver);
  const tookMs = performance.now() - beganMs;
  const above = Math.max(0, last.get('bytes') - atStart);

  const named = await namedKeys(port, entries);
  const figure = `after ${count(entries)} tagged entries ${way.figure}`;
  return [
    {
      ...{ figure: `bytes for tags above the start, ${figure}` },
      subject: `${bytes(above)}, of ${mebibytes(most)}; ${(tookMs / 1000).toFixed(1)} s after`,
      bar: exactly(above, 0, '0 B'),
    },
    { figure: `keys that TAGKEYS names, ${figure}`, subject: count(named), bar: exactly(named, 0) },
  ];
}

/** What tags cost when all that carried them is gone. */
export async function bookkeeping(bench: Bench): Promise<Row[]> {
  const entries = bench.entries ?? ENTRIES;
  const rows: Row[] = [];
  for (const way of WAYS) {
    bench.say(`${count(entries)} tagged entries that ${way.figure}`);
    const options = way.options(entries);
    rows.push(...(await withServers([[bench.subject, options]], (server) => observe(server!, way, entries))));
  }
  return rows;
}
