import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { cachectl } from '../cli/support/terminal';
import { show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';

/** Tasks on a real server with a real origin: on start, from a list, added, over a restart, and what they may cost. */

const UNTIL_MS = 30_000;
const RATE = 40;

let origin: Server;
let paths: string[];
let isDown = false;
let dir: string;
let file: string;
let larder: RunningLarder | undefined;
let me: Connection;

const configOf = (url: string) => `
warm-rate-min: ${RATE}
warm-share: 0.01%
warm-jitter: 10ms
breaker-retry: 100ms
breaker-retry-max: 400ms
sources:
  api: { http: "${url}", private-addresses: true }
keys:
  - { match: "user:{id}", ttl: 10m, load: { from: api, path: "/users/{id}" } }
  - { match: home, ttl: 10m, load: { from: api, path: /home } }
lists:
  active: { from: api, path: /active }
warm:
  - { id: home, keys: [home], on-start: true, every: 60m, priority: 100 }
  - { id: active, template: "user:{id}", list: active, on-start: true }
`;

beforeEach(async () => {
  paths = [];
  isDown = false;
  origin = createServer((request, response) => {
    paths.push(request.url!);
    if (isDown) request.socket.destroy();
    else response.end(request.url === '/active' ? '[101, {"id": 102}, ["103"]]' : `v${request.url}`);
  });
  await new Promise<void>((listening) => origin.listen(0, '127.0.0.1', listening));
  dir = mkdtempSync(join(tmpdir(), 'larder-warming-'));
  file = join(dir, 'larder.yaml');
  writeFileSync(file, configOf(`http://127.0.0.1:${(origin.address() as AddressInfo).port}`));
});
afterEach(async () => {
  await me.close();
  await larder?.stop();
  origin.closeAllConnections();
  await new Promise((closed) => origin.close(closed));
  rmSync(dir, { recursive: true });
});

async function start(): Promise<void> {
  larder = await startLarder([file], dir);
  me = await connectTo(larder.port);
}

const ask = async (...words: string[]) => show((await me.ask(words))!);

/** Asks again until the answer fits. */
async function until(what: string, fits: () => Promise<boolean> | boolean): Promise<void> {
  for (const ends = performance.now() + UNTIL_MS; !(await fits()); await ask('PING'))
    if (performance.now() > ends)
      throw new Error(`in vain: ${what}\n${await ask('WARMTASK', 'LIST')}\n${larder!.log()}`);
}

/** A number of WARMTASK INFO, of its run or its counts: the last of that name; NaN if there is none (yet). */
async function numberOf(id: string, name: string): Promise<number> {
  const [, number] = new RegExp(`.*"${name}", :(-?\\d+)`).exec(await ask('WARMTASK', 'INFO', id)) ?? [];
  return Number(number);
}

test('tasks of the configuration load on start, from keys and from a list', async () => {
  await start();
  await until(
    'both ran',
    async () => (await numberOf('home', 'loaded')) === 1 && (await numberOf('active', 'loaded')) === 3,
  );
  expect([...paths].sort()).toEqual(['/active', '/home', '/users/101', '/users/102', '/users/103']);
  expect(await ask('GET', 'user:102')).toBe('"v/users/102"');
  expect(paths).toHaveLength(5);
  expect(await ask('STATS', 'warm')).toMatch(/"queued", :4, "loaded", :4/);
});

test('a task that was added outlives kill -9, with what is paused and when it ran', async () => {
  await start();
  expect(
    await ask('WARMTASK', 'ADD', 'mine', 'KEYS', '1', 'user:{1..3}', 'EVERY', '3600000', 'ONSTART', 'TAGS', '1', 't'),
  ).toBe('+OK');
  expect(await ask('WARMTASK', 'ADD', 'idle', 'KEYS', '1', 'user:{7..9}', 'ONSTART')).toBe('+OK');
  expect(await ask('WARMTASK', 'PAUSE', 'idle')).toBe('+OK');
  await until('it ran', async () => (await numberOf('mine', 'loaded')) === 3);
  expect(await ask('TAGLIST', 'user:2')).toContain('"t"');
  await me.close();
  await larder!.kill();
  paths = [];
  await start();
  expect(await ask('WARMTASK', 'INFO', 'idle')).toMatch(/"state", "paused"/);
  await until('it ran again', async () => (await numberOf('mine', 'runs')) === 1);
  await until(
    'it found everything',
    async () => (await numberOf('mine', 'fresh')) + (await numberOf('mine', 'loaded')) === 3,
  );
  expect(await ask('WARMTASK', 'RESUME', 'idle')).toBe('+OK');
  await until('it went on', async () => (await numberOf('idle', 'loaded')) === 3);
  expect(await ask('WARMTASK', 'DEL', 'mine')).toBe(':1');
  expect(await ask('WARMTASK', 'DEL', 'home')).toContain('ERR');
  await me.close();
  await larder!.kill();
  await start();
  expect(await ask('WARMTASK', 'LIST')).not.toContain('"mine"');
});

test('however many keys wait, the origin is asked no more than the budget allows', async () => {
  await start();
  await until('the tasks ran', async () => (await numberOf('active', 'done')) === 3);
  const before = paths.length;
  const keys = Array.from({ length: 500 }, (_, i) => `user:${1000 + i}`);
  const beganMs = performance.now();
  expect(await ask('WARM', ...keys)).toBe(':500');
  await until('a part of them', () => paths.length - before >= 2 * RATE);
  const seconds = (performance.now() - beganMs) / 1000;
  expect(paths.length - before).toBeLessThanOrEqual(RATE * (seconds + 0.1) + 1);
  const asked = performance.now();
  const here = paths.length;
  expect(await ask('GET', 'user:5')).toBe('"v/users/5"');
  expect(paths.slice(here)).toContain('/users/5');
  expect(paths.length - here).toBeLessThanOrEqual(2 + (RATE * (performance.now() - asked)) / 1000 + 1);
});

test('paused warming asks nothing, and the line is kept', async () => {
  await start();
  await until('the tasks ran', async () => (await numberOf('active', 'done')) === 3);
  await ask('WARMTASK', 'PAUSE');
  const before = paths.length;
  expect(await ask('WARM', 'user:1', 'user:2', 'none')).toBe(':2');
  for (let i = 0; i < 50; i++) await ask('PING');
  expect(paths).toHaveLength(before);
  expect(await ask('STATS', 'warm')).toMatch(/"warm", \["queue", :2,.*"paused", :1/);
  await ask('WARMTASK', 'RESUME');
  await until('they are loaded', () => paths.length === before + 2);
});

test('F61: an origin that is down at the start is asked seldom, and everything is loaded when it is back', async () => {
  isDown = true;
  const beganMs = performance.now();
  await start();
  await ask('WARMTASK', 'ADD', 'loop', 'KEYS', '1', 'user:{1..20}', 'EVERY', '100', 'FORCE', 'ONSTART');
  await until('it is found dead', async () => /"breaker", "(open|half-open)"/.test(await ask('STATS', 'origin')));
  await until('it was tried again', () => paths.length >= 7);
  const seconds = (performance.now() - beganMs) / 1000;
  expect(paths.length).toBeLessThanOrEqual(20 + 12 * seconds);
  isDown = false;
  await until('all is loaded', async () => (await ask('EXISTS', 'user:20', 'user:1', 'home', 'user:103')) === ':4');
});

test('cachectl: add, run, progress, list, pause, del', async () => {
  await start();
  const run = (...words: string[]) => cachectl(['-p', String(larder!.port), 'warm', ...words]);
  const json = async (...words: string[]) => JSON.parse((await run('--json', ...words)).out);
  expect(await run('add', 'pages', '--key', 'user:{1..5}', 'home', '--every', '3600', '--rate', '500')).toMatchObject({
    exitCode: 0,
    out: 'OK\n',
  });
  expect(await run('run', 'pages', '--wait')).toMatchObject({ exitCode: 0, out: 'pages idle: 6 done\n' });
  expect(await json('progress', 'pages')).toMatchObject([
    { id: 'pages', state: 'idle', run: { total: 6, done: 6, failed: 0 } },
  ]);
  expect((await run('list')).out).toMatch(/pages +- +command +idle +every 1 h 0 min +6 done/);
  expect(await json('list')).toMatchObject([{ id: 'home' }, { id: 'active' }, { id: 'pages', source: 'command' }]);
  expect(await json('pause', 'pages')).toEqual({ id: 'pages', paused: true });
  expect((await run('list')).out).toMatch(/pages.*paused/);
  expect(await run('resume')).toMatchObject({ exitCode: 0, out: 'OK\n' });
  expect(await json('del', 'pages')).toEqual({ id: 'pages', done: true });
  expect(await run('del', 'pages')).toMatchObject({ exitCode: 1, out: 'there is no such task\n' });
  expect(await run('progress', 'pages')).toMatchObject({
    exitCode: 4,
    err: "cachectl: ERR there is no task 'pages'\n",
  });
  expect(await json('user:6', 'none')).toEqual({ asked: 2, queued: 1 });
  expect(await json('keys', 'list')).toEqual({ asked: 1, queued: 0 });
});
