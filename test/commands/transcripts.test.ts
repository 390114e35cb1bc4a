import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, createTable } from '../../src/commands/all';
import { plainHouse } from './house';
import { slowly } from './plain-engine';
import { HAS_REDIS, plainTarget, type RunningRedis, startRedis } from './targets';
import { type Case, parseTranscript, runCase, type Target } from './transcript';

const FOLDER = join(__dirname, '../transcripts');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

function casesOf(file: string): Case[] {
  return parseTranscript(readFileSync(join(FOLDER, file), 'utf8'), file);
}

function isFor(target: Target['name'], { only }: Case): boolean {
  return only === undefined || only === target || (only === 'larder' && target === 'plain');
}

describe.each([
  ['at once', plainTarget()],
  ['after a wait', plainTarget(plainHouse(createTable(), slowly))],
])('the commands over the plain engine, answering %s', (_mood, target) => {
  for (const file of FILES) {
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

describe('examples in declarations', () => {
  const target = plainTarget();
  const withExamples = COMMANDS.map((command) => [command.name, command] as const);

  test.each(withExamples)('%s', async (_name, command) => {
    expect(command.examples).toMatch(/^> /m);
    for (const each of parseTranscript(command.examples!)) await runCase(target, each);
  });
});
