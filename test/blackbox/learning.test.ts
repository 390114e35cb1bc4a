import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';

/** A real server and a real origin: what was learned outlives a kill and the loss of the disk layer's file. */

const CONCURRENCY_MAX = 2;
const FILE = 'larder.learned';

/** Answers at once, and says who asked. */
class Origin {
  readonly asked: string[] = [];
  private running = 0;
  runningMax = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly server: Server = createServer((request, response) => {
    this.asked.push(request.url!.slice(1));
    this.runningMax = Math.max(this.runningMax, ++this.running);
    for (const wake of this.waiting.splice(0)) wake();
    // A few turns later, so that calls side by side are seen.
    let turns = 5;
    const later = () => {
      if (turns-- > 0) setImmediate(later);
      else {
        this.running--;
        response.end('value');
      }
    };
    later();
  });

  open(): Promise<void> {
    return new Promise((done) => this.server.listen(0, '127.0.0.1', done));
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  /** Settles once it was asked so often. */
  async wasAsked(times: number): Promise<void> {
    while (this.asked.length < times) await new Promise<void>((wake) => this.waiting.push(wake));
  }
  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

let home: string;
let origin: Origin;
let larder: RunningLarder;
let me: Connection;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'larder-learning-'));
  origin = new Origin();
  await origin.open();
});
afterEach(async () => {
  await me.close();
  await larder.kill();
  origin.close();
  rmSync(home, { recursive: true });
});

const ask = async (line: string) => show((await me.ask(line.split(' ')))!);

async function start(...flags: string[]): Promise<void> {
  const config = join(home, 'larder.yaml');
  const load = (path: string) => `{ from: api, path: "${path}" }`;
  writeFileSync(
    config,
    [
      `sources: { api: { http: "${origin.url}" } }`,
      'keys:',
      `  - { match: "user:{id}", ttl: 6m, load: ${load('/user:{id}')} }`,
      `  - { match: "home:{user}", ttl: 1h, load: ${load('/home:{user}')} }`,
    ].join('\n'),
  );
  const limits = [
    '--warm-concurrency-max',
    `${CONCURRENCY_MAX}`,
    '--warm-rate-min',
    '1000',
    '--learning-save-period',
    '1s',
  ];
  larder = await startLarder([config, ...limits, ...flags], home);
  me = await connectTo(larder.port);
}

function loseTheDisk(): void {
  const files = readdirSync(home).filter((name) => name !== FILE && name !== 'larder.yaml');
  expect(files).toContain('larder.db');
  for (const name of files) rmSync(join(home, name), { recursive: true });
}

/** Hot keys are loaded again and again, since a load is seen at once. */
async function use(hot: number, cold: number): Promise<void> {
  for (let id = 0; id < hot; id++) {
    for (let times = 0; times < 3; times++) {
      await ask(`DEL user:${id}`);
      await ask(`GET user:${id}`);
    }
  }
  for (let id = 0; id < cold; id++) await ask(`GET user:cold${id}`);
}

test('killed, and the disk is lost: hot keys are loaded again without being asked for, within the budget', async () => {
  await start();
  await use(20, 20);
  // Saved by itself, with all that was asked for.
  while (!existsSync(join(home, FILE)) || !readFileSync(join(home, FILE), 'latin1').includes('user:cold19'))
    await ask('PING');
  await me.close();
  await larder.kill();
  loseTheDisk();
  origin.asked.length = 0;
  origin.runningMax = 0;

  await start();
  await origin.wasAsked(20);
  const hot = Array.from({ length: 20 }, (_, id) => `user:${id}`);
  while ((await ask(`EXISTS ${hot.join(' ')}`)) !== ':20') await ask('PING');
  expect([...origin.asked].sort()).toEqual([...hot].sort());
  expect(origin.runningMax).toBeLessThanOrEqual(CONCURRENCY_MAX);
  expect(await ask('GET user:7')).toBe('"value"');
  expect(origin.asked).toHaveLength(20);
  expect(larder.log()).toContain('what was learned before is known');
});

test('a damaged file is left out with a line in the log, and the server starts', async () => {
  writeFileSync(join(home, FILE), Buffer.alloc(1000, 'x'));
  await start();
  expect(larder.log()).toContain('what was learned before cannot be used: learning anew');
  expect(await ask('GET user:1')).toBe('"value"');
});

test('WARMUSER loads what the user will ask for; without learning too, what needs only the name', async () => {
  await start('--learning', 'no');
  expect(await ask('WARMUSER ada MAX 10')).toBe(':1');
  await origin.wasAsked(1);
  expect(origin.asked).toEqual(['home:ada']);
  while ((await ask('EXISTS home:ada')) === ':0') await ask('PING');
  expect(await ask('GET home:ada')).toBe('"value"');
  expect(origin.asked).toHaveLength(1);
  expect(await ask('WARMUSER ada')).toBe(':0');
  expect(existsSync(join(home, FILE))).toBe(false);
});
