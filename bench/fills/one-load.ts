import { atMost, exactly } from '../bars';
import type { Bench } from '../bench';
import { Client } from '../client';
import { count, ms, ratio } from '../format';
import type { Row } from '../report';
import { median, ratioOf } from '../statistics';
import { type Setup, withOrigin } from './setup';

const CLIENTS = 1_000;
const KEYS = 100;
const ORIGIN_MS = 100;
const ANSWERED_MS_MAX = 150;
const TIMES_MAX = 1.5;
const TEMPLATES = [
  `match: "one:{id}", load: { from: api, path: "/one/${ORIGIN_MS}/{id}" }`,
  `match: "each:{id}", load: { from: api, path: "/each/${ORIGIN_MS}/{id}" }`,
  `match: "many:{id}", load: { from: api, path: "/many/${ORIGIN_MS}?ids={id,}" }`,
];

/** A crowd at one cold key, and MGET of keys that are all missing. */
export function oneLoad(bench: Bench): Promise<Row[]> {
  return withOrigin(bench, TEMPLATES, {}, async (setup) => {
    bench.say(`${count(CLIENTS)} clients at one cold key`);
    const rows = await crowd(bench, setup);
    bench.say(`MGET of ${KEYS} missing keys`);
    return [...rows, ...(await manyMisses(bench, setup))];
  });
}

async function crowd({ rounds }: Bench, { server, origin }: Setup): Promise<Row[]> {
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Client.open(server.port)));
  const took: number[] = [];
  const calls: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await Promise.all(clients.map((client) => client.call('PING')));
    await origin.forget();
    const beganMs = performance.now();
    const replies = await Promise.all(clients.map((client) => client.call('GET', `one:${round}`)));
    took.push(performance.now() - beganMs);
    expectAll(replies, () => `0 ${round}`);
    calls.push((await origin.counts()).calls.one ?? 0);
  }
  for (const client of clients) client.close();
  const [worst, slowest] = [Math.max(...calls), Math.max(...took)];
  return [
    {
      figure: `${count(CLIENTS)} clients, one cold key: calls of the origin`,
      subject: `${worst}`,
      bar: exactly(worst, 1),
    },
    {
      figure: `until all are answered; the origin takes ${ORIGIN_MS} ms`,
      subject: `${ms(median(took))} (slowest ${ms(slowest)})`,
      bar: atMost(median(took), ANSWERED_MS_MAX, ms(ANSWERED_MS_MAX)),
    },
  ];
}

async function manyMisses({ rounds }: Bench, { server, origin }: Setup): Promise<Row[]> {
  const client = await Client.open(server.port);
  const took = { one: [] as number[], many: [] as number[], each: [] as number[] };
  const calls = { many: [] as number[], each: [] as number[] };
  let atOnce = Number.POSITIVE_INFINITY;
  const timed = async (name: keyof typeof took, keys: readonly string[]) => {
    const beganMs = performance.now();
    const replies = await client.call('MGET', ...keys);
    took[name].push(performance.now() - beganMs);
    expectAll(replies, (i) => `0 ${keys[i]!.slice(keys[i]!.indexOf(':') + 1)}`);
  };
  for (let round = 0; round < rounds; round++) {
    const keys = (name: string) => Array.from({ length: KEYS }, (_, i) => `${name}:r${round}-${i}`);
    await timed('one', [`one:r${round}`]);
    for (const name of ['many', 'each'] as const) {
      await origin.forget();
      await timed(name, keys(name));
      const counts = await origin.counts();
      calls[name].push(counts.calls[name] ?? 0);
      if (name === 'each') atOnce = Math.min(atOnce, counts.atOnceMax);
    }
  }
  client.close();
  const row = (name: 'many' | 'each', loader: string): Row => {
    const times = ratioOf(took[name], took.one);
    return {
      figure: `MGET of ${KEYS} misses ${loader}: time`,
      subject: `${ms(median(took[name]))}, one load ${ms(median(took.one))}`,
      ratio: ratio(times),
      bar: atMost(times.value, TIMES_MAX, `${TIMES_MAX} times`),
    };
  };
  const [manyCalls, eachCalls] = [Math.max(...calls.many), Math.max(...calls.each)];
  return [
    {
      figure: `MGET of ${KEYS} misses with a batch loader: calls`,
      subject: `${manyCalls}`,
      bar: exactly(manyCalls, 1),
    },
    row('many', 'with a batch loader'),
    {
      figure: `MGET of ${KEYS} misses without: calls`,
      subject: `${eachCalls}, ${atOnce} of them side by side`,
      bar: exactly(Math.min(eachCalls, atOnce), KEYS, `${KEYS} side by side`),
    },
    row('each', 'without'),
  ];
}

/** A wrong answer is no figure. */
function expectAll(replies: unknown, wanted: (i: number) => string): void {
  (replies as unknown[]).forEach((reply, i) => {
    if (reply !== wanted(i)) throw new Error(`expected '${wanted(i)}', not '${String(reply)}'`);
  });
}
