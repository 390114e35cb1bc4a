import { HAS_REDIS, type RunningRedis, startRedis } from '../commands/targets';
import { cutUnevenly, latin1 } from '../protocol/harness';
import { type RunningLarder, startLarder } from '../support/larder';
import { seededRandom } from '../support/manual-world';
import { type ExchangeRow, PASSWORD, ROWS, STRANGER_ROWS } from './exchange-rows';
import { WireClient } from './wire-client';

/** Every exact reply, byte by byte the same as a real redis-server's, except where protocol/README.md says we are stricter. */

const QUIT = '*1\r\n$4\r\nQUIT\r\n';
const OK = '+OK\r\n';
const SEED = 20_240_607;
/** Of longer rows only so many bytes come one by one. */
const BYTEWISE_MAX = 200;
const CHUNK_BYTES = 1000;

const redisTest = HAS_REDIS ? test : test.skip;

/** Sends the chunks; what comes back, and whether the server closed or waits. */
async function exchange(port: number, chunks: readonly Buffer[], ending: ExchangeRow['ending']): Promise<string> {
  const client = await WireClient.open(port);
  await client.sendAll(chunks);
  if (ending === 'open') await client.send(QUIT);
  if (ending === 'waits') client.finish();
  const received = await client.all();
  client.destroy();
  return received;
}

function bytewise(bytes: Buffer): Buffer[] {
  const head = bytes.subarray(0, BYTEWISE_MAX);
  return [...cutUnevenly(head, [1]), ...cutUnevenly(bytes.subarray(BYTEWISE_MAX), [CHUNK_BYTES])];
}

function randomly(bytes: Buffer, seed: number): Buffer[] {
  const random = seededRandom(seed);
  const most = Math.max(3, Math.ceil(bytes.length / 8));
  return cutUnevenly(
    bytes,
    Array.from({ length: 64 }, () => 1 + Math.floor(random() * most)),
  );
}

function chunkingsOf(sent: string, seed: number): [string, Buffer[]][] {
  const bytes = latin1(sent);
  return [
    ['whole', [bytes]],
    ['byte by byte', bytewise(bytes)],
    [`in random chunks, seed ${seed}`, randomly(bytes, seed)],
  ];
}

async function check(port: number, sent: string, expected: Pick<ExchangeRow, 'reply' | 'ending'>, seed: number) {
  const { ending, reply } = expected;
  const received = ending === 'open' ? reply + OK : reply;
  for (const [manner, chunks] of chunkingsOf(sent, seed)) {
    expect({ manner, received: await exchange(port, chunks, ending) }).toEqual({ manner, received });
  }
}

const named = (rows: readonly ExchangeRow[]) =>
  rows.map((row, i) => [row.name ?? JSON.stringify(row.sent).slice(0, 100), row, SEED + i] as const);

function bothAnswer(rows: readonly ExchangeRow[], flags: readonly string[]): void {
  let larder: RunningLarder;
  let redis: RunningRedis | undefined;

  beforeAll(async () => {
    larder = await startLarder(['--disk', 'off', ...flags]);
    if (HAS_REDIS) redis = await startRedis(...flags);
  });
  afterAll(async () => {
    await redis?.stop();
    await larder.stop();
  });

  test.each(named(rows))('%s', (_, row, seed) => check(larder.port, row.sent, row, seed));
  redisTest.each(named(rows))('redis-server: %s', (_, row, seed) =>
    check(redis!.port, row.sent, row.redis ?? row, seed),
  );
}

describe('without a password', () => {
  bothAnswer(ROWS, []);

  test('a browser asks for a page: its next line ends it, and at once nothing is said', async () => {
    const larder = await startLarder(['--disk', 'off']);
    for (const host of ['Host: evil.test', 'host: evil.test']) {
      const client = await WireClient.open(larder.port);
      await client.send(`GET / HTTP/1.1\r\n${host}\r\n\r\nPING\r\n`);
      expect(await client.all()).toBe('');
    }
    expect(larder.log().match(/spoke HTTP/g)).toHaveLength(1);
    await larder.stop();
  });
});
describe('before the password is given', () => bothAnswer(STRANGER_ROWS, ['--requirepass', PASSWORD]));
