import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, createTable } from '../../src/commands/all';
import type { Command } from '../../src/commands/framework/command';
import { type RunningLarder, startLarder } from '../support/larder';
import { plainHouse } from './house';
import { slowly } from './plain-engine';
import { HAS_REDIS, plainTarget, type RunningRedis, socketTarget, startRedis } from './targets';
import { type Case, parseTranscript, runCase, type Target } from './transcript';

const FOLDER = join(__dirname, '../transcripts');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

function casesOf(file: string): Case[] {
  return parseTranscript(readFileSync(join(FOLDER, file), 'utf8'), file);
}

/** What is about the server around the commands. */
const OF_COMMANDS = FILES.filter((name) => !name.startsWith('server-'));

function isFor(target: Target['name'], { only }: Case): boolean {
  return only === undefined || only === target || (only === 'larder' && target === 'plain');
}

describe.each([
  ['at once', plainTarget()],
  ['after a wait', plainTarget(plainHouse(createTable(), slowly))],
])('the commands over the plain engine, answering %s', (_mood, target) => {
  for (const file of OF_COMMANDS) {
    const cases = casesOf(file).filter((each) => isFor('plain', each));
    test.each(cases.map((each) => [each.title, each] as const))(`${file}: %s`, (_title, each) => runCase(target, each));
  }
});

// Skipped only where redis-server is not installed.
(HAS_REDIS ? describe : describe.skip)('redis-server says the same', () => {
  let redis: RunningRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  for (const file of FILES) {
    const cases = casesOf(file).filter((each) => isFor('redis', each));
    if (cases.length === 0) continue;
    test.each(cases.map((each) => [each.title, each] as const))(`${file}: %s`, (_title, each) =>
      runCase(redis.target, each),
    );
  }
});

const COMMANDS_FOLDER = join(__dirname, '../../src/commands');
const namesIn = (folder: string) => readdirSync(join(COMMANDS_FOLDER, folder)).map((name) => name.replace(/\.ts$/, ''));
/** Commands that ask the server around them run their examples against the real one only. */
const NEED_A_SERVER = new Set([
  ...['server', 'transaction', 'pubsub', 'scripting'].flatMap(namesIn),
  ...['eval_ro', 'evalsha', 'evalsha_ro'],
  // The plain engine does not remember.
  'why',
]);

async function runExamples(target: Target, { examples }: Command): Promise<void> {
  expect(examples).toMatch(/^> /m);
  for (const each of parseTranscript(examples!)) await runCase(target, each);
}

describe('examples in declarations, over the plain engine', () => {
  const target = plainTarget();
  const able = COMMANDS.filter((command) => !NEED_A_SERVER.has(command.name));
  test.each(able.map((each) => [each.name, each] as const))('%s', (_name, each) => runExamples(target, each));
});

describe.each(['on', 'off'])('the whole server, disk %s', (disk) => {
  let larder: RunningLarder;
  let target: Target;
  beforeAll(async () => {
    larder = await startLarder(['--disk', disk, '--enable-debug-command', 'yes']);
    target = socketTarget('larder', larder.port);
  });
  afterAll(() => larder.stop());

  for (const file of FILES) {
    const cases = casesOf(file).filter((each) => isFor('larder', each));
    test.each(cases.map((each) => [each.title, each] as const))(`${file}: %s`, (_title, each) => runCase(target, each));
  }
  // The example of SHUTDOWN would end it.
  const examples = COMMANDS.filter((command) => command.name !== 'shutdown');
  test.each(examples.map((each) => [each.name, each] as const))('examples of %s', (_name, each) =>
    runExamples(target, each),
  );
});
