import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, createTable } from '../../src/commands/all';
import { completions, leaves, readmeTable, syntaxLine } from '../../src/commands/framework/describe';
import { plainHouse } from './house';
import { type Reply, show } from './reply';
import { HAS_REDIS, type RunningRedis, startRedis } from './targets';
import type { Connection } from './transcript';

/** They are compared by the tests of their own folder. */
const SERVER_FOLDER = readdirSync(join(__dirname, '../../src/commands/server')).map((name) =>
  name.replace(/\.ts$/, ''),
);
const REDIS_NAMES = COMMANDS.filter((command) => command.group !== 'larder')
  .map((command) => command.name)
  .filter((name) => !SERVER_FOLDER.includes(name));

function isSet(reply: Reply): boolean {
  return reply.kind === '~';
}

/** Sets in one order, so that they can be compared. */
function settled(reply: Reply): Reply {
  const items = reply.items.map(settled);
  return { ...reply, items: isSet(reply) ? items.sort((a, b) => show(a).localeCompare(show(b))) : items };
}

function fieldsOf(map: Reply): Map<string, Reply> {
  const fields = new Map<string, Reply>();
  for (let i = 0; i < map.items.length; i += 2) fields.set(map.items[i]!.text, map.items[i + 1]!);
  return fields;
}

/** Name, type, token and flags of an argument and of those inside it. */
function outline(argument: Reply): unknown {
  const fields = fieldsOf(argument);
  const text = (name: string) => fields.get(name)?.text;
  return {
    type: text('type'),
    token: text('token'),
    spec: text('key_spec_index'),
    flags: fields.get('flags') && show(settled(fields.get('flags')!)),
    arguments: fields.get('arguments')?.items.map(outline),
  };
}

(HAS_REDIS ? describe : describe.skip)('derived from declarations as Redis writes by hand', () => {
  let redis: RunningRedis;
  let theirs: Connection;
  const ours = plainHouse().visit();
  beforeAll(async () => {
    redis = await startRedis();
    theirs = await redis.target.connect();
    await theirs.ask(['HELLO', '3']);
    await ours.ask(['HELLO', '3']);
  });
  afterAll(async () => {
    await theirs.close();
    await redis.stop();
  });

  test.each(REDIS_NAMES)('COMMAND INFO %s', async (name) => {
    const [our, their] = [await ours.ask(['COMMAND', 'INFO', name]), await theirs.ask(['COMMAND', 'INFO', name])];
    const childrenOf = (reply: Reply) => settled(reply.items[0]!.items[9]!).items.map(settled);
    const head = (reply: Reply) => reply.items[0]!.items.slice(0, 9).map(settled).map(show);
    expect(head(our!)).toEqual(head(their!));
    // DEBUG's subcommands are not listed by Redis; of others we have some.
    if (name === 'debug') return;
    const theirChildren = childrenOf(their!).map(show);
    for (const child of childrenOf(our!)) expect(theirChildren).toContainEqual(show(child));
  });

  // HELLO's arguments are one optional block in Redis, AUTH's are not.
  const FLAT = ['hello', 'auth'];
  test.each(REDIS_NAMES.filter((name) => !FLAT.includes(name)))('arguments in COMMAND DOCS %s', async (name) => {
    const [our, their] = [await ours.ask(['COMMAND', 'DOCS', name]), await theirs.ask(['COMMAND', 'DOCS', name])];
    const argumentsOf = (reply: Reply) => fieldsOf(reply.items[1]!).get('arguments')?.items.map(outline);
    expect(argumentsOf(our!)).toEqual(argumentsOf(their!));
    const fact = (reply: Reply, field: string) => fieldsOf(reply.items[1]!).get(field)?.text;
    for (const field of ['since', 'group', 'deprecated_since', 'replaced_by']) {
      expect(fact(our!, field)).toBe(fact(their!, field));
    }
  });
});

test('syntax lines', () => {
  const table = createTable();
  const lineOf = (name: string) => syntaxLine(table.get(name)!);
  expect(lineOf('set')).toBe(
    'SET key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]',
  );
  expect(lineOf('mset')).toBe('MSET key value [key value ...]');
  expect(lineOf('tagset')).toMatch(/ \[DEPS numsources source \[source \.\.\.\]\] TAGS tag \[tag \.\.\.\]$/);
  expect(lineOf('scan')).toBe('SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]');
  expect(syntaxLine(table.get('object')!.children!.get('encoding')!)).toBe('OBJECT ENCODING key');
});

test('README rows and completions cover every command', () => {
  const table = createTable();
  const rows = readmeTable(table).split('\n').slice(2);
  const found = completions(table);
  const all = [...leaves(table)];
  expect(rows).toHaveLength(all.length);
  expect(found.map((each) => each.name)).toEqual(all.map((each) => each.fullName.toUpperCase().replace('|', ' ')));
  expect(found.find((each) => each.name === 'SCAN')!.tokens).toEqual(['MATCH', 'COUNT', 'TYPE']);
});
