import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningLarder, runLarder, startLarder } from '../support/larder';
import { seededRandom } from '../support/manual-world';
import { THOROUGH } from '../support/thorough';
import { Ledger } from './ledger';
import { RequestClient } from './request-client';

/**
 * A server that is killed, stopped, or given a broken file: what was acknowledged is never undone. The
 * moments are counted in acknowledgements and drawn from a seed; what the server has done by then is its own affair.
 */
/** Of all seeds together. F51: 200 with `npm run check:faults`. */
const CYCLES = THOROUGH ? 200 : 6;
const WRITERS = 4;
const KEYS = 300;
const REQUESTS_AT_ONCE = 32;
const ACKNOWLEDGED_MAX = 12_000;

const homes: string[] = [];
const running: RunningLarder[] = [];

function newHome(): string {
  const home = fs.mkdtempSync(join(tmpdir(), 'larder-kill-'));
  homes.push(home);
  return home;
}

async function start(home: string, ...flags: string[]): Promise<RunningLarder> {
  const larder = await startLarder(['--disk-min-ttl', '0', ...flags], home);
  running.push(larder);
  return larder;
}

afterEach(async () => {
  for (const larder of running.splice(0)) if (larder.process.exitCode === null) await larder.kill();
  for (const home of homes.splice(0)) fs.rmSync(home, { recursive: true, force: true });
});

async function infoOf(client: RequestClient, field: string): Promise<number> {
  const text = (await client.text('INFO', 'larder'))!;
  return Number(new RegExp(`^${field}:(.*)$`, 'm').exec(text)![1]);
}

/** Everything stored so far is in the file. */
async function written(port: number): Promise<void> {
  const client = await RequestClient.open(port);
  while ((await infoOf(client, 'disk_queue')) > 0);
  client.close();
}

/** Works on the connection until it breaks; settles with nothing then, as that is what is waited for. */
async function work(ledger: Ledger, client: RequestClient, acknowledged: () => void): Promise<void> {
  for (;;) {
    const steps = client.together(() => Array.from({ length: REQUESTS_AT_ONCE }, () => ledger.step(client)));
    const outcomes = await Promise.allSettled(steps.map((step) => step.then(acknowledged)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed === undefined) continue;
    expect(String(failed.reason)).toContain('the connection is gone');
    return;
  }
}

/** All ledgers at work until `after` acknowledgements; then `end`. */
async function underLoad(
  port: number,
  ledgers: readonly Ledger[],
  after: number,
  end: () => Promise<unknown>,
): Promise<void> {
  let left = after;
  let ended: Promise<unknown> | undefined;
  const clients = await Promise.all(ledgers.map(() => RequestClient.open(port)));
  const acknowledged = () => {
    if (--left === 0) ended = end();
  };
  await Promise.all(ledgers.map((ledger, i) => work(ledger, clients[i]!, acknowledged)));
  await ended;
}

async function declareAll(port: number, ledgers: readonly Ledger[]): Promise<void> {
  const client = await RequestClient.open(port);
  await Promise.all(ledgers.map((ledger) => ledger.declare(client)));
  client.close();
}

async function fillAll(port: number, ledgers: readonly Ledger[]): Promise<void> {
  const client = await RequestClient.open(port);
  await Promise.all(ledgers.map((ledger) => ledger.fill(client)));
  client.close();
}

async function checkAll(port: number, ledgers: readonly Ledger[]) {
  const client = await RequestClient.open(port);
  const found = await Promise.all(ledgers.map((ledger) => ledger.check(client)));
  client.close();
  return {
    missing: found.flatMap((each) => each.missing),
    violations: found.flatMap((each) => each.violations),
  };
}

test.each([1, 2])(
  'F51: killed at random under load, nothing acknowledged is undone (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    const home = newHome();
    const ledgers = Array.from({ length: WRITERS }, (_, i) => new Ledger(`w${i}`, KEYS, random));
    const kept = ledgers.flatMap((ledger) => ledger.kept);
    let larder = await start(home);
    await declareAll(larder.port, ledgers);
    for (let cycle = 0; cycle < CYCLES / 2; cycle++) {
      await fillAll(larder.port, ledgers);
      await written(larder.port);
      const { kill } = larder;
      await underLoad(larder.port, ledgers, 1 + Math.floor(random() * ACKNOWLEDGED_MAX), kill);
      larder = await start(home);
      // Once while the directory is being read, and once when it is known.
      for (let checks = 0; checks < 2; checks++) {
        const found = await checkAll(larder.port, ledgers);
        expect(found.violations).toEqual([]);
        // A server that forgets everything would have no violations either.
        expect(found.missing.filter((name) => kept.includes(name))).toEqual([]);
        const asked = await RequestClient.open(larder.port);
        await asked.text('DBSIZE');
        expect(await infoOf(asked, 'directory_loaded')).toBe(1);
        asked.close();
      }
      if (THOROUGH && (cycle + 1) % 10 === 0) process.stderr.write(`F51 seed ${seed}: ${cycle + 1} of ${CYCLES / 2}\n`);
    }
  },
  CYCLES * 20_000,
);

test('SIGTERM under load: ends in order, and everything acknowledged is there afterwards', async () => {
  const random = seededRandom(3);
  const home = newHome();
  const ledgers = Array.from({ length: WRITERS }, (_, i) => new Ledger(`w${i}`, KEYS, random));
  const larder = await start(home);
  await declareAll(larder.port, ledgers);
  await fillAll(larder.port, ledgers);
  let code: number | null = -1;
  await underLoad(larder.port, ledgers, 5000, async () => {
    code = await larder.stop();
  });
  expect(code).toBe(0);
  const again = await start(home);
  const { violations, missing } = await checkAll(again.port, ledgers);
  expect(violations).toEqual([]);
  const expected = ledgers.flatMap((ledger) => ledger.written);
  expect(expected).toEqual(expect.arrayContaining(ledgers.flatMap((ledger) => ledger.kept)));
  expect(missing.filter((name) => expected.includes(name))).toEqual([]);
});

function fingerprints(home: string): Record<string, string> {
  const files = fs.readdirSync(home).filter((name) => name.startsWith('larder.db'));
  const hash = (name: string) =>
    createHash('sha256')
      .update(fs.readFileSync(join(home, name)))
      .digest('hex');
  return Object.fromEntries(files.map((name) => [name, hash(name)]));
}

async function filledHome(): Promise<string> {
  const home = newHome();
  const larder = await start(home);
  const client = await RequestClient.open(larder.port);
  for (let i = 0; i < 100; i++) await client.text('SET', `k${i}`, 'v'.repeat(1000));
  client.close();
  expect(await larder.stop()).toBe(0);
  return home;
}

test('a port in use: ends with one line, and the file is as it was', async () => {
  const home = await filledHome();
  const before = fingerprints(home);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  try {
    const flags = ['--port', String(port), '--admin-port', '0', '--dir', home, '--journal-dir', home];
    const { code, stderr } = await runLarder(flags);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^larder: [^\n]*in use[^\n]*\n$/) });
  } finally {
    other.close();
  }
  expect(fingerprints(home)).toEqual(before);
});

// Files that never were ours: start.test.ts.
test.each([
  ['a broken header', (file: string) => overwrite(file, 0, Buffer.alloc(100, 0xff))],
  ['zeroes from the second page on', (file: string) => overwrite(file, 4096, Buffer.alloc(64 * 1024))],
  ['only its first half', (file: string) => fs.truncateSync(file, fs.statSync(file).size / 2)],
])('our file with %s is put aside, and the server serves', async (_name, damage) => {
  const home = await filledHome();
  damage(join(home, 'larder.db'));
  const larder = await start(home);
  const client = await RequestClient.open(larder.port);
  for (let i = 0; i < 100; i++) expect([null, 'v'.repeat(1000)]).toContain(await client.text('GET', `k${i}`));
  await client.text('SET', 'new', 'value');
  await written(larder.port);
  client.close();
  expect(fs.readdirSync(home).some((name) => name.includes('.corrupt-'))).toBe(true);
  expect(await larder.stop()).toBe(0);
  const again = await start(home);
  const reader = await RequestClient.open(again.port);
  expect(await reader.text('GET', 'new')).toBe('value');
  reader.close();
});

function overwrite(file: string, at: number, bytes: Buffer): void {
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, bytes, 0, bytes.length, at);
  fs.closeSync(fd);
}
