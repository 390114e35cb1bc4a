import { exactly } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { Client } from '../client';
import { count, ms, percent } from '../format';
import { KillClient, SHARED_TAGS, type Tally } from '../kill-client';
import type { Row } from '../report';
import type { Server } from '../servers';
import { median, randomFrom, sleepMs } from '../statistics';

const CLIENTS = 8;
const KEYS_PER_CLIENT = 1_000;
const LOAD_MS_MIN = 200;
const LOAD_MS_MAX = 1_500;
/** Every other cycle writes slowly enough that rows reach the disk; the others as fast as they can. */
const GENTLE_PAUSE_MS = 10;
const SHARED_EVERY_MS = 20;

interface Seen {
  tally: Tally;
  readsAfter: number;
  hitsAfter: number;
  oldAfter: number;
  refusedStarts: number;
  errors: number;
  firstError: string;
  startsMs: number[];
}

const newTally = (): Tally => ({ stores: 0, removals: 0, invalidations: 0, reads: 0, old: 0, invented: 0, refused: 0 });

/** INVALTAG of tags that the keys of all clients carry, from a connection of its own, until the server is gone. */
async function invalidateShared(port: number, clients: readonly KillClient[], tally: Tally): Promise<void> {
  const caller = await Client.open(port);
  try {
    for (let turn = 0; ; turn++) {
      const tag = SHARED_TAGS[turn % SHARED_TAGS.length]!;
      const acked = clients.map(({ ledger }) => ledger.invalidationSent(tag));
      await caller.call('INVALTAG', tag);
      for (const each of acked) each();
      tally.invalidations++;
      await sleepMs(SHARED_EVERY_MS);
    }
  } finally {
    caller.close();
  }
}

/** A connection that ends is what was asked for; an error that the server answered is not. */
function noteError(seen: Seen, result: PromiseSettledResult<void>): void {
  if (result.status === 'fulfilled' || result.reason?.name !== 'ReplyError') return;
  seen.errors++;
  if (seen.firstError === '') seen.firstError = String(result.reason.message);
}

/** Load, kill -9 in the middle of it, start again, read everything. */
async function cycle(server: Server, clients: readonly KillClient[], seen: Seen, loadMs: number, pauseMs: number) {
  const work = clients.map((client) => client.work(server.port, pauseMs, seen.tally));
  if (server.target.hasTags) work.push(invalidateShared(server.port, clients, seen.tally));
  const ended = Promise.allSettled(work);
  await sleepMs(loadMs);
  await server.kill();
  for (const result of await ended) noteError(seen, result);
  try {
    seen.startsMs.push(await server.startAgain());
  } catch (error) {
    seen.refusedStarts++;
    throw error;
  }
  for (const client of clients) {
    const { reads, hits, old } = await client.readAll(server.port);
    seen.readsAfter += reads;
    seen.hitsAfter += hits;
    seen.oldAfter += old;
  }
}

async function observe(bench: Bench, server: Server): Promise<Seen> {
  const { hasTags } = server.target;
  const clients = Array.from({ length: CLIENTS }, (_, id) => new KillClient(id, KEYS_PER_CLIENT, hasTags));
  const draw = randomFrom(Date.now());
  const seen: Seen = {
    ...{ tally: newTally(), readsAfter: 0, hitsAfter: 0, oldAfter: 0, refusedStarts: 0, startsMs: [] },
    ...{ errors: 0, firstError: '' },
  };
  for (let turn = 0; turn < bench.cycles; turn++) {
    if (turn % 10 === 0) bench.say(`${server.target.label}: kill ${turn + 1} of ${bench.cycles}`);
    const loadMs = LOAD_MS_MIN + (draw() % (LOAD_MS_MAX - LOAD_MS_MIN));
    try {
      await cycle(server, clients, seen, loadMs, turn % 2 === 0 ? GENTLE_PAUSE_MS : 0);
    } catch (error) {
      bench.say(`cycle ${turn + 1} ended the case: ${error instanceof Error ? error.message : error}`);
      if (seen.refusedStarts === 0) throw error;
      break;
    }
  }
  return seen;
}

function rowsOf(mine: Seen, theirs: Seen): Row[] {
  const both = (figure: string, show: (seen: Seen) => string): Row => ({
    figure,
    subject: show(mine),
    pair: show(theirs),
  });
  const zero = (figure: string, of: (seen: Seen) => number): Row => ({
    ...both(figure, (seen) => count(of(seen))),
    bar: exactly(of(mine), 0),
  });
  const hits = (seen: Seen) => seen.hitsAfter / seen.readsAfter;
  return [
    both('kills, and starts that followed', (seen) => count(seen.startsMs.length)),
    zero('refused starts', (seen) => seen.refusedStarts),
    zero('old values read after a start', (seen) => seen.oldAfter),
    zero('old values read under load', (seen) => seen.tally.old),
    zero('values that nobody wrote', (seen) => seen.tally.invented),
    zero('clients that were answered with an error', (seen) => seen.errors),
    both('reads after starts', (seen) => count(seen.readsAfter)),
    {
      ...both('of these, hits', (seen) => percent(hits(seen))),
      bar: { text: '> 0 %', met: hits(mine) > 0 },
    },
    both('reads checked under load', (seen) => count(seen.tally.reads)),
    both('acknowledged stores (SET, TAGSET)', (seen) => count(seen.tally.stores)),
    both('acknowledged removals (DEL)', (seen) => count(seen.tally.removals)),
    both('acknowledged invalidations (INVALTAG)', (seen) => count(seen.tally.invalidations)),
    both('stores refused by a fence', (seen) => count(seen.tally.refused)),
    both('first PONG, median', (seen) => ms(median(seen.startsMs))),
    both('first PONG, slowest', (seen) => ms(Math.max(...seen.startsMs))),
  ];
}

export const kill: Case = {
  name: 'kill',
  title: 'kill -9 under load: nothing that was replaced or invalidated comes back',
  run: async (bench) => {
    const seenOf = (target: Bench['subject']) => {
      return withServers([[target, { disk: true, appendOnly: 'no' }]], (server) => observe(bench, server!));
    };
    const theirs = await seenOf(bench.pair);
    const mine = await seenOf(bench.subject);
    return {
      rows: rowsOf(mine, theirs),
      notes: [
        ...(mine.firstError === '' ? [] : [`The first error: ${mine.firstError}`]),
        `${CLIENTS} clients of ${count(KEYS_PER_CLIENT)} keys each write versions for ${LOAD_MS_MIN} to ${LOAD_MS_MAX} ms; kill -9; start on the same directory; every key is read. Old: below the last acknowledged SET, TAGSET, DEL or INVALTAG. A miss is allowed; hits show that rows came back.`,
        'redis-server runs with an append-only file that it writes before it answers (appendfsync no; with everysec it loses acknowledged writes, and this case finds them) and without tags.',
      ],
    };
  },
};
