import { createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { connect } from '../../src/client/connect';
import type { Connection } from '../../src/client/connection';
import { ConnectionError } from '../../src/client/connection-error';
import { mapOf, text } from '../../src/client/replies';
import { startRedis } from '../cli/support/redis';

describe('against redis-server', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let connection: Connection;

  beforeAll(async () => {
    redis = await startRedis(['--requirepass', 'secret']);
  });
  beforeEach(async () => {
    connection = await connect({ unixSocket: redis.socket, password: 'secret', db: 2 });
    await connection.call('FLUSHALL');
  });
  afterEach(() => connection.close());
  afterAll(() => redis.stop());

  test('password and database are settled before the first call', async () => {
    expect(text(await connection.call('CLIENT', 'INFO'))).toContain(' db=2 ');
    const wrong = connect({ unixSocket: redis.socket, password: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^WRONGPASS/) });
    const far = connect({ unixSocket: redis.socket, password: 'secret', db: 99 });
    await expect(far).rejects.toMatchObject({ name: 'ReplyError', message: 'ERR DB index is out of range' });
  });

  test('every byte goes in and comes back, in keys and values, as Buffer or latin1', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 30 }).map((raw) => Buffer.from(raw));
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (key, value) => {
        await connection.call('SET', key, value.toString('latin1'));
        expect(await connection.call('GET', key.toString('latin1'))).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });

  test('an error reply rejects a call and is a value in a pipeline', async () => {
    await expect(connection.call('NOPE')).rejects.toMatchObject({ name: 'ReplyError' });
    const replies = await connection.pipeline([
      ['SET', 'k', 1],
      ['LPUSH', 'k', 'x'],
      ['INCR', 'k'],
      ['GET', 'none'],
    ]);
    expect(replies[0]).toEqual(Buffer.from('OK'));
    expect(replies[1]).toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^WRONGTYPE/) });
    expect(replies.slice(2)).toEqual([2, null]);
  });

  test('many calls and pipelines at once keep their order', async () => {
    const calls = Array.from({ length: 300 }, (_, i) => connection.call('ECHO', i));
    const lists = Array.from({ length: 20 }, (_, i) =>
      connection.pipeline(Array.from({ length: 500 }, (_, j) => ['ECHO', i * 500 + j])),
    );
    expect((await Promise.all(calls)).map(text)).toEqual(Array.from({ length: 300 }, (_, i) => String(i)));
    expect((await Promise.all(lists)).flat().map(text)).toEqual(Array.from({ length: 10_000 }, (_, i) => String(i)));
  });

  test('an empty pipeline asks nothing; a character beyond latin1 is refused before anything is sent', async () => {
    expect(await connection.pipeline([])).toEqual([]);
    await expect(
      connection.pipeline([
        ['SET', 'k', 'v'],
        ['GET', 'ж'],
      ]),
    ).rejects.toThrow(RangeError);
    expect(await connection.call('EXISTS', 'k')).toBe(0);
  });

  test('close rejects what waits and what comes after', async () => {
    const waiting = connection.call('PING');
    connection.close();
    await expect(waiting).rejects.toThrow(ConnectionError);
    await expect(connection.call('PING')).rejects.toThrow(/closed/);
  });

  test('flat arrays become maps', async () => {
    const settings = mapOf(await connection.call('CONFIG', 'GET', 'databases', 'port'));
    expect([...settings].map(([name, value]) => [name, text(value)]).sort()).toEqual([
      ['databases', '16'],
      ['port', '0'],
    ]);
  });
});

describe('replies', () => {
  test('text', () => {
    expect([Buffer.from('é'), 7, null].map(text)).toEqual(['é', '7', null]);
    expect(() => text([])).toThrow(new TypeError('expected a string reply, got an array of 0'));
    expect(() => text(new Error('ERR x'))).toThrow('got the error ERR x');
  });

  test('mapOf refuses what is not pairs of names and values', () => {
    expect(mapOf([])).toEqual(new Map());
    expect(mapOf([Buffer.from([0xff]), 1])).toEqual(new Map([['\xff', 1]]));
    expect(() => mapOf([Buffer.from('a')])).toThrow('expected pairs, got an array of 1');
    expect(() => mapOf([1, 2])).toThrow('expected a name, got 1');
    expect(() => mapOf(Buffer.from('x'))).toThrow('expected pairs, got a string');
  });
});

describe('when the other side misbehaves', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** A server that does with each connection what it is told. */
  async function listen(serve: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as { port: number }).port;
  }

  /** Timers that fire when the test says so. */
  function manualTimers() {
    const armed = new Map<() => void, number>();
    return {
      armed,
      scheduler: {
        after(delayMs: number, run: () => void) {
          armed.set(run, delayMs);
          return () => void armed.delete(run);
        },
      },
      fire: () => [...armed.keys()].map((run) => run()),
    };
  }

  test('nobody listens', async () => {
    const port = await listen(() => {});
    await closers.pop()?.();
    const refused = `could not connect to 127.0.0.1:${port}: connection refused; is the server running?`;
    await expect(connect({ port })).rejects.toEqual(new ConnectionError(refused));
    await expect(connect({ unixSocket: '/nonexistent/s' })).rejects.toThrow(
      'could not connect to /nonexistent/s: there is no such socket; is the server running?',
    );
  });

  test('replies cut anywhere are put together', async () => {
    const replies = Buffer.from('+OK\r\n*2\r\n$3\r\na\r\n\r\n:-1\r\n$-1\r\n-ERR no\r\n');
    const port = await listen((socket) => {
      socket.setNoDelay(true).once('data', () => {
        for (const byte of replies) socket.write(Buffer.from([byte]));
      });
    });
    const connection = await connect({ port });
    const [ok, list, nil, error] = await connection.pipeline([['A'], ['B'], ['C'], ['D']]);
    expect([ok, list, nil]).toEqual([Buffer.from('OK'), [Buffer.from('a\r\n'), -1], null]);
    expect(error).toMatchObject({ message: 'ERR no' });
    connection.close();
  });

  test.each<[string, string | null, string]>([
    ['no RESP', 'HTTP/1.1 400 Bad Request\r\n', 'the answer is not RESP; is this a Larder or Redis port?'],
    ['a reply too many', '+OK\r\n+OK\r\n', 'a reply came that nobody asked for'],
    ['an end', null, 'the server closed the connection'],
  ])('%s ends the connection, in one line', async (_, answer, reason) => {
    const port = await listen((socket) => {
      socket.once('data', () => (answer === null ? socket.end() : socket.write(answer)));
    });
    const connection = await connect({ port });
    const first = await connection.call('PING').catch((error: unknown) => error);
    const error = await connection.pipeline([['PING'], ['PING']]).catch((error: unknown) => error);
    expect(error).toEqual(new ConnectionError(`127.0.0.1:${port}: ${reason}`));
    if (answer?.startsWith('+')) expect(first).toEqual(Buffer.from('OK'));
    else expect(first).toBe(error);
  });

  test('silence longer than commandTimeoutMs gives the connection up; each reply begins it anew', async () => {
    const { scheduler, armed, fire } = manualTimers();
    let answer = () => {};
    const port = await listen((socket) => {
      socket.on('data', () => {});
      answer = () => void socket.write('+OK\r\n');
    });
    const connection = await connect({ port, commandTimeoutMs: 1500, scheduler });
    expect([...armed.values()]).toEqual([]);
    const [first, second] = [connection.call('A'), connection.call('B')];
    expect([...armed.values()]).toEqual([1500]);
    const [before] = armed.keys();
    answer();
    expect(await first).toEqual(Buffer.from('OK'));
    expect(armed.size).toBe(1);
    expect([...armed.keys()]).not.toContain(before);
    fire();
    await expect(second).rejects.toThrow(`127.0.0.1:${port}: no reply within 1.5 s`);
    expect(armed.size).toBe(0);
  });

  test('nobody picks up within connectTimeoutMs', async () => {
    const { scheduler, fire } = manualTimers();
    const port = await listen(() => {});
    const attempt = connect({ port, connectTimeoutMs: 250, scheduler });
    fire();
    await expect(attempt).rejects.toThrow(`could not connect to 127.0.0.1:${port}: no answer within 0.25 s`);
  });
});
