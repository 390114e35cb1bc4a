import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reply } from '../commands/reply';
import { connectTo } from '../commands/targets';
import type { Connection } from '../commands/transcript';
import { type RunningLarder, startLarder } from '../support/larder';

const CONFIG = `
key-prefixes: ["app:", "app:v2:"]
keys:
  - match: "user:{id}"
    tags: [people, "user:{id}"]
    depends-on: ["org:{id}"]
  - match: "n:{id}"
    tags: ["n:{id}"]
writes:
  person: { tags: ["user:{id}"] }
rules:
  - { name: feeds, on: ["user:{id}"], invalidate: ["feed:{id}"], soft: on }
`;

const dir = mkdtempSync(join(tmpdir(), 'larder-templates-'));
let larder: RunningLarder;
let client: Connection;

beforeAll(async () => {
  const file = join(dir, 'larder.yaml');
  writeFileSync(file, CONFIG);
  larder = await startLarder([file]);
  client = await connectTo(larder.port);
});
afterAll(async () => {
  await client?.close();
  await larder?.stop();
  rmSync(dir, { recursive: true, force: true });
});
beforeEach(() => ask('FLUSHALL'));

/** Replies as a person would write them. */
async function ask(...words: string[]): Promise<unknown> {
  return plain(await client.ask(words));
}

function plain(reply: Reply | undefined): unknown {
  if (reply === undefined) return undefined;
  if (reply.kind === '*') return reply.items.map(plain);
  return reply.kind === ':' ? Number(reply.text) : reply.text;
}

const PERSON = ['people', 'user:7'];

// Every command that stores a value: an unmodified client's values get the tags of their key's template.
test.each<[string, string[][], string, string[]]>([
  ['SET', [['SET', 'user:7', 'v']], 'user:7', PERSON],
  [
    'SET over tags of its own',
    [
      ['TAGSET', 'user:7', 'v', 'TAGS', 'own'],
      ['SET', 'user:7', 'v'],
    ],
    'user:7',
    PERSON,
  ],
  [
    'SET KEEPTTL',
    [
      ['SET', 'user:7', 'v', 'EX', '9'],
      ['SET', 'user:7', 'w', 'KEEPTTL'],
    ],
    'user:7',
    PERSON,
  ],
  ['TAGSET adds to them', [['TAGSET', 'user:7', 'v', 'TAGS', 'own']], 'user:7', ['own', ...PERSON]],
  ['SETEX', [['SETEX', 'user:7', '9', 'v']], 'user:7', PERSON],
  ['PSETEX', [['PSETEX', 'user:7', '9000', 'v']], 'user:7', PERSON],
  ['SETNX', [['SETNX', 'user:7', 'v']], 'user:7', PERSON],
  ['MSET', [['MSET', 'a', '1', 'user:7', 'v']], 'user:7', PERSON],
  ['MSETNX', [['MSETNX', 'a', '1', 'user:7', 'v']], 'user:7', PERSON],
  ['GETSET', [['GETSET', 'user:7', 'v']], 'user:7', PERSON],
  [
    'GETSET over another',
    [
      ['SET', 'user:7', 'v'],
      ['GETSET', 'user:7', 'w'],
    ],
    'user:7',
    PERSON,
  ],
  ['APPEND', [['APPEND', 'user:7', 'v']], 'user:7', PERSON],
  [
    'APPEND to a value keeps its own too',
    [
      ['TAGSET', 'user:7', 'v', 'TAGS', 'own'],
      ['APPEND', 'user:7', 'w'],
    ],
    'user:7',
    ['own', ...PERSON],
  ],
  ['SETRANGE', [['SETRANGE', 'user:7', '0', 'v']], 'user:7', PERSON],
  ['INCR', [['INCR', 'n:1']], 'n:1', ['n:1']],
  [
    'INCR again',
    [
      ['INCR', 'n:1'],
      ['INCR', 'n:1'],
    ],
    'n:1',
    ['n:1'],
  ],
  ['INCRBY', [['INCRBY', 'n:1', '5']], 'n:1', ['n:1']],
  ['INCRBYFLOAT', [['INCRBYFLOAT', 'n:1', '0.5']], 'n:1', ['n:1']],
  ['DECR', [['DECR', 'n:1']], 'n:1', ['n:1']],
  ['DECRBY', [['DECRBY', 'n:1', '5']], 'n:1', ['n:1']],
  [
    'RENAME from outside',
    [
      ['SET', 'a', 'v'],
      ['RENAME', 'a', 'user:7'],
    ],
    'user:7',
    PERSON,
  ],
  [
    'RENAME carries and adds',
    [
      ['SET', 'user:7', 'v'],
      ['RENAME', 'user:7', 'user:8'],
    ],
    'user:8',
    [...PERSON, 'user:8'],
  ],
  [
    'RENAMENX',
    [
      ['SET', 'a', 'v'],
      ['RENAMENX', 'a', 'user:7'],
    ],
    'user:7',
    PERSON,
  ],
  [
    'COPY',
    [
      ['SET', 'n:1', 'v'],
      ['COPY', 'n:1', 'user:7'],
    ],
    'user:7',
    ['n:1', ...PERSON],
  ],
  [
    'COPY REPLACE',
    [
      ['SET', 'a', 'v'],
      ['SET', 'user:7', 'w'],
      ['COPY', 'a', 'user:7', 'REPLACE'],
    ],
    'user:7',
    PERSON,
  ],
  [
    'MOVE',
    [
      ['SET', 'user:7', 'v'],
      ['MOVE', 'user:7', '3'],
      ['SELECT', '3'],
    ],
    'user:7',
    PERSON,
  ],
  ['behind a prefix', [['SET', 'app:user:7', 'v']], 'app:user:7', PERSON],
  ['behind a longer prefix', [['MSET', 'app:v2:user:7', 'v']], 'app:v2:user:7', PERSON],
  [
    'RENAME into a prefix',
    [
      ['SET', 'a', 'v'],
      ['RENAME', 'a', 'app:user:7'],
    ],
    'app:user:7',
    PERSON,
  ],
])('%s', async (_what, requests, key, tags) => {
  for (const request of requests) expect(String(await ask(...request))).not.toMatch(/^[A-Z]+ERR|^ERR/);
  expect(await ask('TAGLIST', key)).toEqual(tags);
  await ask('SELECT', '0');
});

test('sources get the prefix of the key that names them', async () => {
  await ask('MSET', 'user:7', 'v', 'app:user:7', 'v');
  await ask('SET', 'app:org:7', 'changed');
  expect(await ask('EXISTS', 'user:7')).toBe(1);
  expect(await ask('EXISTS', 'app:user:7')).toBe(0);
  await ask('SET', 'org:7', 'changed');
  expect(await ask('EXISTS', 'user:7')).toBe(0);
});

test('a write of a row takes along prefixed keys and what the rule of the file adds', async () => {
  await ask('MSET', 'user:7', 'v', 'app:user:7', 'v', 'user:8', 'v');
  await ask('TAGSET', 'feed', 'v', 'TAGS', 'feed:7');
  expect(await ask('INVALWRITE', 'person', '7')).toBe(3);
  expect(await ask('EXISTS', 'user:7', 'app:user:7', 'feed', 'user:8')).toBe(1);
});

test('a rule of the file is not a client’s', async () => {
  const refusal = "ERR rule 'feeds' is from the configuration: change it there";
  expect(await ask('RULE', 'DEL', 'feeds')).toBe(refusal);
  expect(await ask('RULE', 'ADD', 'feeds', 'ON', '1', 'a', 'INVALIDATE', '1', 'b')).toBe(refusal);
  expect(plainList(await ask('RULE', 'LIST'))).toMatchObject([{ name: 'feeds', source: 'config', soft: 1 }]);
});

function plainList(rows: unknown): unknown {
  return (rows as unknown[][]).map((row) =>
    Object.fromEntries(row.flatMap((name, i) => (i % 2 === 0 ? [[name, row[i + 1]]] : []))),
  );
}
