import { encodeRequest } from '../../protocol/encode-request';
import { readReply, show } from '../commands/reply';
import { connectTo } from '../commands/targets';
import { type RunningLarder, startLarder } from '../support/larder';
import { seededRandom } from '../support/manual-world';
import { WireClient } from './wire-client';

/** Many requests at once: every one gets its reply, in the order they were sent, whatever some of them wait for. */

const latin1 = (request: readonly string[]) => encodeRequest(request).toString('latin1');
const requests = (...list: readonly string[][]) => list.map(latin1).join('');
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

async function all(port: number, sent: string): Promise<string> {
  const client = await WireClient.open(port);
  client.push(sent);
  return await client.all();
}

function shownReplies(received: string): string[] {
  const buf = Buffer.from(received, 'latin1');
  const found: string[] = [];
  for (let at = 0; at < buf.length; ) {
    const next = readReply(buf, at)!;
    found.push(show(next.reply));
    at = next.end;
  }
  return found;
}

describe('one server', () => {
  let larder: RunningLarder;
  beforeAll(async () => {
    larder = await startLarder(['--enable-debug-command', 'yes', '--maxmemory', '1mb']);
  });
  afterAll(() => larder.stop());

  test('100,000 empty requests, then PING', async () => {
    expect(await all(larder.port, `${'\r\n*0\r\n\n*-1\r\n'.repeat(25_000)}PING\r\nQUIT\r\n`)).toBe('+PONG\r\n+OK\r\n');
  });

  test('replies keep their order when some requests wait', async () => {
    const list: string[][] = [];
    let expected = '';
    for (let i = 0; i < 300; i++) {
      list.push(['ECHO', `e${i}`]);
      expected += bulk(`e${i}`);
      if (i % 10 > 0) continue;
      list.push(['DEBUG', 'SLEEP', '0.001'], ['NOSUCH'], ['SET', 'order', `${i}`], ['GET', 'order']);
      expected += `+OK\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n+OK\r\n${bulk(`${i}`)}`;
    }
    expect(await all(larder.port, requests(...list, ['QUIT']))).toBe(`${expected}+OK\r\n`);
  });

  test('replies keep their order when some values are only on disk', async () => {
    const count = 600;
    const value = (i: number) => `${i}`.padEnd(5000, String.fromCharCode(97 + (i % 26)));
    const connection = await connectTo(larder.port);
    for (let i = 0; i < count; i++) {
      await connection.ask(['SET', `disk:${i}`, value(i)]);
      if (i % 50 === 49) await connection.ask(['SAVE']);
    }
    const random = seededRandom(7);
    const order = Array.from({ length: 1000 }, () => Math.floor(random() * count));
    const asked = order.flatMap((i) => [
      ['GET', `disk:${i}`],
      ['ECHO', `${i}`],
    ]);
    const received = await all(larder.port, requests(...asked, ['QUIT']));
    expect(received).toBe(`${order.map((i) => bulk(value(i)) + bulk(`${i}`)).join('')}+OK\r\n`);
    const layers = show((await connection.ask(['STATS', 'layers']))!);
    expect(Number(/"disk", \["gets", :(\d+)/.exec(layers)?.[1])).toBeGreaterThan(100);
    await connection.close();
  });

  test('who sends a pipeline and then says that this was all still gets every reply', async () => {
    const list = Array.from({ length: 5000 }, (_, i) => (i === 2500 ? ['DEBUG', 'SLEEP', '0.01'] : ['ECHO', `e${i}`]));
    const client = await WireClient.open(larder.port);
    client.push(requests(...list));
    client.finish();
    expect(shownReplies(await client.all())).toEqual(list.map(([, text], i) => (i === 2500 ? '+OK' : `"${text}"`)));
  });

  test('the end may come while the last request waits', async () => {
    const client = await WireClient.open(larder.port);
    client.push(requests(['PING'], ['DEBUG', 'SLEEP', '0.01']));
    client.finish();
    expect(await client.all()).toBe('+PONG\r\n+OK\r\n');
  });

  test('QUIT in a pipeline: what comes after it is not run', async () => {
    const list = [['SET', 'quit', '1'], ['QUIT'], ['SET', 'quit', '2'], ['PING']];
    expect(await all(larder.port, requests(...list))).toBe('+OK\r\n+OK\r\n');
    expect(await all(larder.port, requests(['GET', 'quit'], ['QUIT']))).toBe(`${bulk('1')}+OK\r\n`);
  });

  test('a client kills itself in a pipeline: its replies so far, then the end', async () => {
    const client = await WireClient.open(larder.port);
    const list = [
      ['SET', 'killed', '1'],
      ['CLIENT', 'KILL', client.address],
      ['SET', 'killed', '2'],
    ];
    client.push(requests(...list));
    expect(await client.all()).toBe('+OK\r\n+OK\r\n');
    expect(await all(larder.port, requests(['GET', 'killed'], ['QUIT']))).toBe(`${bulk('1')}+OK\r\n`);
  });

  test('a client kills itself by a filter', async () => {
    const client = await WireClient.open(larder.port);
    client.push(requests(['PING'], ['CLIENT', 'KILL', 'ADDR', client.address, 'SKIPME', 'no'], ['PING']));
    expect(await client.all()).toBe('+PONG\r\n:1\r\n');
  });

  test('a client that is killed while it waits: the others never notice', async () => {
    const victim = await WireClient.open(larder.port);
    victim.push(requests(['PING'], ['DEBUG', 'SLEEP', '1000'], ['PING']));
    await victim.until('+PONG\r\n'.length);
    const killer = await connectTo(larder.port);
    expect(show((await killer.ask(['CLIENT', 'KILL', 'ADDR', victim.address]))!)).toBe(':1');
    expect(await victim.all()).toBe('+PONG\r\n');
    expect(show((await killer.ask(['PING']))!)).toBe('+PONG');
    await killer.close();
  });
});

describe('where each reply waits for the disk (durability: power)', () => {
  let larder: RunningLarder;
  beforeAll(async () => {
    larder = await startLarder(['--durability', 'power']);
  });
  afterAll(() => larder.stop());
  const many = Array.from({ length: 2000 }, (_, i) => ['SET', `k${i % 100}`, `${i}`]);

  test('QUIT at the end of a long pipeline', async () => {
    expect(await all(larder.port, requests(...many, ['ECHO', 'last'], ['QUIT']))).toBe(
      `${'+OK\r\n'.repeat(many.length)}${bulk('last')}+OK\r\n`,
    );
  });

  test('a client that sends a long pipeline and says that this was all', async () => {
    const client = await WireClient.open(larder.port);
    client.push(requests(...many, ['ECHO', 'last']));
    client.finish();
    expect(await client.all()).toBe(`${'+OK\r\n'.repeat(many.length)}${bulk('last')}`);
  });
});

describe('keys are bytes', () => {
  let larder: RunningLarder;
  beforeAll(async () => {
    larder = await startLarder();
  });
  afterAll(() => larder.stop());

  test('256 keys of one byte, and pairs that UTF-8 would make one, also in values', async () => {
    const keys = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
    keys.push('\xff\x01', '\xfe\x01', '\xed\xa0\x80', '\xed\xbf\xbf', '\x00\x00', '');
    const sets = keys.map((key) => ['SET', key, `\x00${key}\r\n\xff`]);
    const received = await all(larder.port, requests(...sets, ['DBSIZE'], ['MGET', ...keys], ['KEYS', '*'], ['QUIT']));
    const values = keys.map((key) => bulk(`\x00${key}\r\n\xff`)).join('');
    const before = `${'+OK\r\n'.repeat(keys.length)}:${keys.length}\r\n*${keys.length}\r\n${values}`;
    expect(received.slice(0, before.length)).toBe(before);
    const listed = readReply(Buffer.from(received.slice(before.length), 'latin1'))!.reply;
    expect(listed.items.map(({ text }) => text).sort()).toEqual([...keys].sort());
  });
});
