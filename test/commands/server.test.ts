import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRequest } from '../../protocol/encode-request';
import { type RunningLarder, rawExchange, startLarder } from '../support/larder';
import type { Reply } from './reply';
import { connectTo } from './targets';
import type { Connection } from './transcript';

let larder: RunningLarder;
beforeAll(async () => {
  larder = await startLarder(['--enable-debug-command', 'yes']);
});
afterAll(() => larder.stop());

const requests = (...lines: string[]) => Buffer.concat(lines.map((line) => encodeRequest(line.split(' '))));

async function conversation<T>(
  talk: (ask: (line: string) => Promise<Reply>) => Promise<T>,
  port = larder.port,
): Promise<T> {
  const connection: Connection = await connectTo(port);
  try {
    return await talk(async (line) => (await connection.ask(line.split(' ')))!);
  } finally {
    await connection.close();
  }
}

/** Names in the order they come, of a RESP2 or RESP3 map. */
const namesOf = (reply: Reply) => reply.items.filter((_, i) => i % 2 === 0).map(({ text }) => text);
const kindsOf = (reply: Reply) => reply.items.filter((_, i) => i % 2 === 1).map(({ kind }) => kind);
const fieldOf = (reply: Reply, name: string) => reply.items[reply.items.findIndex(({ text }) => text === name) + 1]!;

describe('CLIENT REPLY', () => {
  test('SKIP swallows the next reply, OFF all until ON', async () => {
    const bytes = await rawExchange(larder.port, [
      requests(
        'CLIENT REPLY SKIP',
        'PING',
        'ECHO a',
        'CLIENT REPLY OFF',
        'PING',
        'NOSUCH',
        'CLIENT REPLY ON',
        'ECHO b',
        'QUIT',
      ),
    ]);
    expect(bytes.toString('latin1')).toBe('$1\r\na\r\n+OK\r\n$1\r\nb\r\n+OK\r\n');
  });

  test('SKIP after SKIP goes on skipping, and OFF outlasts SKIP', async () => {
    const bytes = await rawExchange(larder.port, [
      requests(
        'CLIENT REPLY SKIP',
        'CLIENT REPLY SKIP',
        'PING',
        'ECHO a',
        'CLIENT REPLY OFF',
        'CLIENT REPLY SKIP',
        'PING',
        'PING',
      ),
      requests('CLIENT REPLY ON', 'QUIT'),
    ]);
    expect(bytes.toString('latin1')).toBe('$1\r\na\r\n+OK\r\n+OK\r\n');
  });

  test('also where the reply comes after a wait', async () => {
    const bytes = await rawExchange(larder.port, [requests('CLIENT REPLY SKIP', 'SAVE', 'ECHO a', 'QUIT')]);
    expect(bytes.toString('latin1')).toBe('$1\r\na\r\n+OK\r\n');
  });
});

describe('CLIENT KILL', () => {
  test('by id, by address, by local address', async () => {
    await conversation(async (ask) => {
      for (const filter of ['ID', 'ADDR', 'LADDR']) {
        const victim = await connectTo(larder.port);
        const line = (await victim.ask(['CLIENT', 'INFO']))!.text;
        const named = { ID: /^id=(\d+)/, ADDR: / addr=(\S+)/, LADDR: / laddr=(\S+)/ }[filter]!;
        // All clients here share the local address, so others may go with it.
        const killed = Number((await ask(`CLIENT KILL ${filter} ${named.exec(line)![1]}`)).text);
        if (filter === 'LADDR') expect(killed).toBeGreaterThanOrEqual(1);
        else expect(killed).toBe(1);
        expect(await victim.ask(['PING'])).toBeUndefined();
      }
      expect((await ask('PING')).text).toBe('PONG');
    });
  });

  test('of oneself by address answers first', async () => {
    await conversation(async (ask) => {
      const address = / addr=(\S+)/.exec((await ask('CLIENT INFO')).text)![1];
      expect(await ask(`CLIENT KILL ${address}`)).toMatchObject({ kind: '+', text: 'OK' });
      expect(await ask('PING')).toBeUndefined();
    });
  });
});

test('CLIENT NO-TOUCH: reads leave no trace on the entry, for this client only', async () => {
  const hits = async (ask: (line: string) => Promise<Reply>) =>
    / hits:(\d+)/.exec((await ask('DEBUG OBJECT seen')).text)![1];
  await conversation(async (ask) => {
    await ask('SET seen v');
    await ask('GET seen');
    expect(await hits(ask)).toBe('1');
    await conversation(async (quiet) => {
      await quiet('CLIENT NO-TOUCH ON');
      expect((await quiet('GET seen')).text).toBe('v');
      expect(await hits(quiet)).toBe('1');
    });
    await ask('GET seen');
    expect(await hits(ask)).toBe('2');
  });
});

describe('the shape of STATS', () => {
  test('is the same in RESP2 and RESP3: names, order, and what is a number', async () => {
    const flat = await conversation((ask) => ask('STATS'));
    const maps = await conversation(async (ask) => {
      await ask('HELLO 3');
      return ask('STATS');
    });
    expect(flat.kind).toBe('*');
    expect(maps.kind).toBe('%');
    expect(namesOf(flat)).toEqual(namesOf(maps));
    for (const name of namesOf(flat)) {
      const [two, three] = [fieldOf(flat, name), fieldOf(maps, name)];
      expect([two.kind, three.kind]).toEqual(['*', '%']);
      expect(namesOf(two)).toEqual(namesOf(three));
      const asInTwo = kindsOf(three).map((kind) => ({ ',': '$', '%': '*' })[kind] ?? kind);
      expect(kindsOf(two)).toEqual(asInTwo);
    }
    const summary = fieldOf(maps, 'summary');
    expect(fieldOf(summary, 'hit_rate').kind).toBe(',');
    expect(fieldOf(summary, 'gets').kind).toBe(':');
    expect(fieldOf(summary, 'rating').kind).toBe('$');
  });
});

test('INFO is fields by line, in RESP3 as text', async () => {
  const bulk = await conversation((ask) => ask('INFO'));
  const verbatim = await conversation(async (ask) => {
    await ask('HELLO 3');
    return ask('INFO');
  });
  expect([bulk.kind, verbatim.kind, verbatim.text.slice(0, 4)]).toEqual(['$', '=', 'txt:']);
  for (const line of bulk.text.split('\r\n')) expect(line).toMatch(/^(|# [A-Z]\w+|[\w:|-]+:.*)$/);
  const names = (text: string) => [...text.matchAll(/^(?!#)([^:\r\n]+):/gm)].map(([, name]) => name);
  expect(names(bulk.text)).toEqual(names(verbatim.text.slice(4)));
  expect(bulk.text).toContain(`\r\ntcp_port:${larder.port}\r\n`);
  expect(bulk.text).toContain(`\r\nprocess_id:${larder.process.pid}\r\n`);
});

test('a key that was written is on disk after SAVE, and LASTSAVE says when', async () => {
  await conversation(async (ask) => {
    const before = Number((await ask('LASTSAVE')).text);
    await ask('SET saved v');
    expect((await ask('SAVE')).text).toBe('OK');
    expect(Number((await ask('LASTSAVE')).text)).toBeGreaterThanOrEqual(before);
    expect(fieldOf(fieldOf(await ask('STATS disk'), 'disk'), 'queue').text).toBe('0');
    expect(Number(fieldOf(fieldOf(await ask('STATS disk'), 'disk'), 'rows').text)).toBeGreaterThanOrEqual(1);
  });
});

test('CONFIG REWRITE keeps what CONFIG SET changed, and the rest of the file as it is', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'larder-config-'));
  const file = join(dir, 'larder.yaml');
  writeFileSync(file, '# ours\nmaxmemory: 64mb # enough\ndisk: off\n');
  const configured = await startLarder([file]);
  try {
    await conversation(async (ask) => {
      expect((await ask('CONFIG SET maxmemory 32mb slowlog-max-len 5')).text).toBe('OK');
      expect((await ask('CONFIG REWRITE')).text).toBe('OK');
      expect((await ask('INFO server')).text).toContain(`\r\nconfig_file:${file}\r\n`);
    }, configured.port);
    expect(readFileSync(file, 'utf8')).toBe('# ours\nmaxmemory: 32mb # enough\ndisk: off\nslowlog-max-len: 5\n');
  } finally {
    await configured.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});

test('SHUTDOWN closes without a word and the process ends with 0', async () => {
  const ending = await startLarder(['--disk', 'off']);
  const ended = new Promise((done) => ending.process.once('exit', done));
  expect(await rawExchange(ending.port, [requests('PING', 'SHUTDOWN NOSAVE')])).toEqual(Buffer.from('+PONG\r\n'));
  expect(await ended).toBe(0);
  rmSync(ending.dir, { recursive: true, force: true });
});
