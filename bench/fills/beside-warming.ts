import { atMost } from '../bars';
import type { Bench } from '../bench';
import { ask, Client, type Reply } from '../client';
import { count, ms, percent, plainRatio } from '../format';
import type { Row } from '../report';
import { sleepMs } from '../statistics';
import { type Setup, withOrigin } from './setup';

const ORIGIN_MS = 5;
const CONNECTIONS = 32;
/** Loads a second that clients wait for. */
const RATE = 300;
/** Before anything is measured: what the origin can do is seen. */
const BEFORE_MS = 5_000;
const PHASE_MS = 4_000;
const SLOWER_MAX = 1.2;
const KEYS = 1_000_000;
const SAMPLE_MS = 200;
const TEMPLATES = ['fore', 'warm'].map(
  (name) => `match: "${name}:{id}", load: { from: api, path: "/${name}/${ORIGIN_MS}/{id}?limited" }`,
);

/** Clients wait for loads; now and then beside warming. The origin answers only few requests at once. */
export function besideWarming(bench: Bench): Promise<Row[]> {
  return withOrigin(bench, TEMPLATES, {}, async (setup) => {
    const { server, origin } = setup;
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => Client.open(server.port)));
    const reader = new Reader(clients);
    await reader.readFor(BEFORE_MS);
    await ask(server.port, 'WARMTASK', 'PAUSE');
    await ask(server.port, 'WARMTASK', 'ADD', 'all', 'KEYS', 1, `warm:{1..${KEYS}}`);
    await ask(server.port, 'WARMTASK', 'RUN', 'all');
    const took = { without: [] as number[], beside: [] as number[] };
    const most = { calls: 0, budget: 0, above: Number.NEGATIVE_INFINITY };
    for (let round = 0; round < 2 * bench.rounds; round++) {
      const isBeside = round % 2 === (round >> 1) % 2;
      bench.say(isBeside ? 'loads beside warming' : 'loads without');
      const seen = await phase(setup, reader, isBeside);
      took[isBeside ? 'beside' : 'without'].push(...seen.took);
      seen.perSecond.forEach((calls, i) => {
        const budget = seen.budgets[i]!;
        if (calls - budget > most.above) Object.assign(most, { calls, budget, above: calls - budget });
      });
    }
    for (const client of clients) client.close();
    await origin.forget();
    const slower = percentile(took.beside, 0.99) / percentile(took.without, 0.99);
    return [
      {
        figure: 'calls of warming in its fullest second, beside its budget then',
        subject: `${count(most.calls)} of ${count(most.budget)}`,
        ratio: percent(most.calls / most.budget),
        // A call that was on its way for longer than the next may arrive in that one's second.
        bar: atMost(most.above, 1, 'its budget, but for one call on its way'),
      },
      {
        figure: `p99 of ${RATE} loads/s that clients wait for, beside warming and without`,
        subject: `${ms(percentile(took.beside, 0.99))}, ${ms(percentile(took.without, 0.99))}`,
        ratio: plainRatio(slower),
        bar: atMost(slower, SLOWER_MAX, `${SLOWER_MAX} times`),
      },
    ];
  });
}

interface Seen {
  took: number[];
  /** Calls of warming in each second, and the most that its budget was around it. */
  perSecond: number[];
  budgets: number[];
}

async function phase({ server, origin }: Setup, reader: Reader, isBeside: boolean): Promise<Seen> {
  await origin.forget();
  if (isBeside) await ask(server.port, 'WARMTASK', 'RESUME');
  let isOver = false;
  const rates: { atMs: number; rate: number }[] = [];
  const beganMs = performance.now();
  const watching = (async () => {
    const client = await Client.open(server.port);
    // Without warming too: it takes its time.
    while (!isOver) {
      const rate = rateIn(await client.call('STATS', 'warm'));
      if (!Number.isNaN(rate)) rates.push({ atMs: performance.now() - beganMs, rate });
      await sleepMs(SAMPLE_MS);
    }
    client.close();
  })();
  const took = await reader.readFor(PHASE_MS);
  isOver = true;
  await watching;
  if (isBeside) await ask(server.port, 'WARMTASK', 'PAUSE');
  const perSecond = isBeside ? ((await origin.counts()).perSecond.warm ?? []) : [];
  if (isBeside && perSecond.length < 2) throw new Error('nothing was warmed');
  const budgets = perSecond.map((_, second) => {
    const around = rates.filter(({ atMs }) => Math.abs(atMs - second * 1_000 - 500) < 1_000);
    // The end of a phase reaches into a second that nobody looked at any more.
    return Math.max(...(around.length > 0 ? around : rates.slice(-1)).map(({ rate }) => rate));
  });
  return { took, perSecond, budgets };
}

function rateIn(reply: Reply): number {
  const field = (of: Reply | undefined, name: string) => (of as Reply[])[(of as Reply[]).indexOf(name) + 1];
  const fields = Array.isArray(reply) && Array.isArray(reply[1]) ? reply[1] : reply;
  return Number(field(field(field(fields, 'sources'), 'api'), 'rate'));
}

/** A steady rate of GETs, each of a key that was never loaded. */
class Reader {
  private nth = 0;

  constructor(private readonly clients: readonly Client[]) {}

  /** How long each took from the moment it was due, ms. */
  async readFor(forMs: number): Promise<number[]> {
    const beganMs = performance.now();
    const took: Promise<number>[] = [];
    while (performance.now() - beganMs < forMs) {
      const due = ((performance.now() - beganMs) / 1000) * RATE;
      while (took.length < due) took.push(this.read(beganMs + (took.length / RATE) * 1000));
      await sleepMs(1);
    }
    return Promise.all(took);
  }

  private async read(dueMs: number): Promise<number> {
    const key = this.nth++;
    const reply = await this.clients[key % this.clients.length]!.call('GET', `fore:${key}`);
    if (reply !== `0 ${key}`) throw new Error(`a load gave '${String(reply)}'`);
    return performance.now() - dueMs;
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
