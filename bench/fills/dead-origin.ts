import { atLeast, atMost, exactly } from '../bars';
import type { Bench } from '../bench';
import { Client } from '../client';
import { count, ms } from '../format';
import type { Row } from '../report';
import { sleepMs } from '../statistics';
import { withOrigin } from './setup';

const KEYS = 500;
const ORIGIN_MS = 5;
const CONNECTIONS = 20;
/** Requests a second for keys that were loaded before it died, and for keys that nobody loaded. */
const KNOWN_RATE = 1_000;
const NEW_RATE = 50;
const TTL_S = 2;
const DEAD_S = 60;
const DEAD_QUICK_S = 10;
const BACK_MS_MAX = 5_000;
/** `breaker-failures`; once it is open, `breaker-retry` is the shortest pause between calls. */
const FAILURES = 5;
const CALLS_PER_SECOND_MAX = 1;
const TEMPLATES = [
  `match: "known:{id}", ttl: ${TTL_S}s, grace: 10m, load: { from: api, path: "/known/${ORIGIN_MS}/{id}" }`,
  `match: "new:{id}", load: { from: api, path: "/new/${ORIGIN_MS}/{id}" }`,
];

/** The origin dies under load, and comes back. */
export function deadOrigin(bench: Bench): Promise<Row[]> {
  const deadMs = 1_000 * (bench.entries === undefined ? DEAD_S : DEAD_QUICK_S);
  return withOrigin(bench, TEMPLATES, {}, async ({ server, origin }) => {
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => Client.open(server.port)));
    const readers = new Readers(clients);
    await clients[0]!.call('MGET', ...Array.from({ length: KEYS }, (_, i) => `known:${i}`));
    const running = readers.run();
    await sleepMs(2 * TTL_S * 1_000);
    bench.say(`the origin is dead for ${deadMs / 1000} s`);
    readers.errors = 0;
    readers.known = 0;
    await origin.die();
    await sleepMs(deadMs);
    const counts = await origin.revive();
    const { errors, known } = readers;
    const backMs = await readers.untilBack();
    readers.stop();
    await running;
    for (const client of clients) client.close();
    const bound = FAILURES + (CALLS_PER_SECOND_MAX * deadMs) / 1_000;
    return [
      {
        figure: `origin dead for ${deadMs / 1000} s: errors of ${count(known)} GETs of keys within their grace`,
        subject: `${errors}`,
        bar: exactly(errors, 0),
      },
      {
        figure: 'GETs of such keys while it was dead',
        subject: count(known),
        bar: atLeast(known, (0.9 * KNOWN_RATE * deadMs) / 1_000, '90 % of what was asked'),
      },
      {
        figure: `calls of it while it was dead; ${NEW_RATE} GETs/s of keys that nobody loaded before`,
        subject: `${counts.refused}`,
        bar: atMost(counts.refused, bound, `${bound}: one a second, and those that open the breaker`),
      },
      {
        figure: 'until new values are served and no load fails',
        subject: ms(backMs),
        bar: atMost(backMs, BACK_MS_MAX, ms(BACK_MS_MAX)),
      },
    ];
  });
}

/** A steady rate of GETs. */
class Readers {
  errors = 0;
  known = 0;
  private isOver = false;
  private newFailedMs = 0;
  private firstNewValueMs = 0;

  constructor(private readonly clients: readonly Client[]) {}

  async run(): Promise<void> {
    const beganMs = performance.now();
    const replies: Promise<void>[] = [];
    let [known, unknown] = [0, 0];
    while (!this.isOver) {
      const seconds = (performance.now() - beganMs) / 1000;
      for (; known < seconds * KNOWN_RATE; known++) replies.push(this.readKnown(known));
      for (; unknown < seconds * NEW_RATE; unknown++) replies.push(this.readNew(unknown));
      await sleepMs(5);
    }
    await Promise.all(replies);
  }

  stop(): void {
    this.isOver = true;
  }

  /** Milliseconds until a value of the new life is served and loads have stopped failing. */
  async untilBack(): Promise<number> {
    const beganMs = performance.now();
    this.firstNewValueMs = 0;
    await sleepMs(2 * BACK_MS_MAX);
    if (this.firstNewValueMs === 0) return Number.NaN;
    return Math.max(this.firstNewValueMs, this.newFailedMs) - beganMs;
  }

  private async readKnown(nth: number): Promise<void> {
    const id = (nth * 7) % KEYS;
    const reply = await this.client(nth)
      .call('GET', `known:${id}`)
      .catch(() => null);
    this.known++;
    if (reply !== `0 ${id}` && reply !== `1 ${id}`) this.errors++;
    if (reply === `1 ${id}`) this.firstNewValueMs ||= performance.now();
  }

  /** Each has a key of its own, so each is a load. */
  private async readNew(nth: number): Promise<void> {
    const sentMs = performance.now();
    const reply = await this.client(nth)
      .call('GET', `new:${nth}`)
      .catch(() => null);
    if (reply === null) this.newFailedMs = Math.max(this.newFailedMs, sentMs);
  }

  private client(nth: number): Client {
    return this.clients[nth % this.clients.length]!;
  }
}
