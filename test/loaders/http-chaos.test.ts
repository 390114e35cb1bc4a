import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createLoaders, type LoadResult } from '../../src/loaders';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler, type Origin, rawOrigin } from './origin';

const SIZE_BYTES_MAX = 1000;
const closing: (() => Promise<void>)[] = [];
let scheduler: ManualScheduler;

beforeEach(() => {
  scheduler = new ManualScheduler();
});
afterEach(async () => {
  expect(scheduler.delaysMs).toEqual([]);
  for (const close of closing.splice(0)) await close();
});

function loaderOf(source: object, path = '/users/{id}', more = {}) {
  const options = { scheduler, sizeBytesMax: () => SIZE_BYTES_MAX, ...more };
  const loaders = loadersOf(oneLoad(source, { path }), options);
  closing.unshift(() => loaders.close());
  return loaders.forTemplate(0)!;
}

function load(source: object, id = '7', path?: string, more = {}): Promise<LoadResult> {
  const params = new Map([['id', id]]);
  return loaderOf(source, path, more).load({ key: `user:${id}`, params, deadlineMs: 1000 });
}

async function opened(origin: Promise<Origin>): Promise<Origin> {
  const open = await origin;
  closing.push(() => open.close());
  return open;
}

async function rawAnswer(answer: (socket: Socket) => void): Promise<LoadResult> {
  const origin = await opened(rawOrigin(answer));
  return load({ http: origin.url });
}

const ended = (text: string) => (socket: Socket) => void socket.end(text, 'latin1');

describe('what a broken origin gets', () => {
  test('a refused connection', async () => {
    const origin = await rawOrigin(() => {});
    await origin.close();
    expect(await load({ http: origin.url })).toEqual(aFailure({ reason: 'connection refused', retryable: true }));
  });

  test('a black hole: the connection never comes about', async () => {
    let loading: Promise<LoadResult> | undefined;
    await new Promise<void>((connecting) => {
      loading = load({ http: 'http://127.0.0.1:9' }, '7', undefined, { connector: () => connecting() });
    });
    scheduler.fire();
    expect(await loading).toEqual(aFailure({ reason: 'deadline of 1000 ms passed', retryable: true }));
  });

  test.each<[string, (socket: Socket) => void, unknown]>([
    ['a reset', (socket) => socket.resetAndDestroy(), aFailure({ reason: 'connection lost', retryable: true })],
    ['an end without an answer', ended(''), aFailure({ reason: 'connection lost', retryable: true })],
    ['no HTTP', ended('-ERR unknown command\r\n'), aFailure({ reason: 'response is not valid HTTP', retryable: true })],
    [
      'a body cut short of its length',
      ended('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
      aFailure({ retryable: true }),
    ],
    [
      'chunks cut short',
      ended('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'),
      aFailure({ retryable: true }),
    ],
    [
      'a chunk that is cut',
      ended('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\nhalf'),
      aFailure({ retryable: true }),
    ],
    [
      'a length above the limit',
      ended('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n'),
      aFailure({ reason: 'response larger than 1000 bytes', retryable: false }),
    ],
    ['a length of 1e400', ended('HTTP/1.1 200 OK\r\ncontent-length: 1e400\r\n\r\nx'), aFailure({ retryable: true })],
    [
      'two lengths',
      ended('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxy'),
      aFailure({ retryable: true }),
    ],
    [
      'headers without end',
      ended(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
      aFailure({ retryable: true }),
    ],
    [
      'more than its length: the length counts',
      ended('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour and more'),
      { kind: 'value', value: Buffer.from('four') },
    ],
  ])('%s', async (_, answer, expected) => {
    expect(await rawAnswer(answer)).toEqual(expected);
  });

  test('a byte at a time: the deadline covers the whole load', async () => {
    let enough = () => {};
    const trickled = new Promise<void>((wake) => (enough = wake));
    const trickle = (socket: Socket, sent = 0): void => {
      if (sent === 50) enough();
      if (!socket.destroyed) socket.write('x', () => setImmediate(trickle, socket, sent + 1));
    };
    const origin = await opened(
      rawOrigin((socket) => {
        socket.setNoDelay(true).write('HTTP/1.1 200 OK\r\ncontent-length: 900000000\r\n\r\n');
        trickle(socket);
      }),
    );
    const loading = load({ http: origin.url }, '7', undefined, { sizeBytesMax: () => 1e9 });
    await trickled;
    scheduler.fire();
    expect(await loading).toEqual(aFailure({ reason: 'deadline of 1000 ms passed', retryable: true }));
  });

  test('a compressed bomb is refused unread, as identity was asked for', async () => {
    let asked: unknown;
    const origin = await opened(
      httpOrigin((request, response) => {
        asked = request.headers['accept-encoding'];
        response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(1_000_000)));
      }),
    );
    const source = { http: origin.url, headers: { 'Accept-Encoding': 'gzip' } };
    expect(await load(source)).toEqual(aFailure({ retryable: false }));
    expect(asked).toBe('identity');
  });

  test.each([
    [203, { kind: 'value', value: Buffer.alloc(0) }],
    [204, { kind: 'absent' }],
    [205, aFailure({ reason: 'HTTP 205', retryable: false })],
    [206, aFailure({ reason: 'HTTP 206', retryable: false })],
    [304, aFailure({ reason: 'HTTP 304', retryable: false })],
    [400, aFailure({ reason: 'HTTP 400', retryable: false })],
    [401, aFailure({ reason: 'HTTP 401', retryable: false })],
    [404, { kind: 'absent' }],
    [410, { kind: 'absent' }],
    [429, aFailure({ reason: 'HTTP 429', retryable: true })],
    [503, aFailure({ reason: 'HTTP 503', retryable: true })],
  ])('status %i', async (status, expected) => {
    const origin = await opened(httpOrigin((_, response) => void response.writeHead(status).end()));
    expect(await load({ http: origin.url })).toEqual(expected);
  });
});

describe('redirects', () => {
  const redirecting = (to: (path: string) => string | undefined) =>
    opened(
      httpOrigin((request, response) => {
        const location = to(request.url!);
        if (location === undefined) response.end('here');
        else response.writeHead(302, { location }).end();
      }),
    );

  test('within the origin are followed, three at most', async () => {
    const steps = (most: number) => (path: string) => {
      const step = Number(path.slice('/users/'.length));
      return step < most ? `./${step + 1}?` : undefined;
    };
    const three = await redirecting(steps(3));
    expect(await load({ http: three.url }, '0')).toEqual({ kind: 'value', value: Buffer.from('here') });
    const four = await redirecting(steps(4));
    const refused = aFailure({ reason: 'more than 3 redirects', retryable: false });
    expect(await load({ http: four.url }, '0')).toEqual(refused);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://127.0.0.1:1/',
    '//evil.example/',
    'http://localhost/',
    'https://127.0.0.1/',
    'file:///etc/passwd',
    'http://[',
  ])('to %s are refused', async (location) => {
    const origin = await redirecting(() => location);
    const refused = aFailure({ reason: 'redirect to another origin', retryable: false });
    expect(await load({ http: origin.url })).toEqual(refused);
    expect(origin.paths).toEqual(['/users/7']);
  });

  test('without a place to go are refused', async () => {
    const origin = await opened(httpOrigin((_, response) => void response.writeHead(302).end()));
    expect(await load({ http: origin.url })).toEqual(aFailure({ retryable: false }));
  });
});

describe('what the origin is asked', () => {
  test('headers of the configuration, and the prefix of its URL', async () => {
    const seen: unknown[] = [];
    const origin = await opened(
      httpOrigin((request, response) => {
        const { authorization, 'user-agent': agent } = request.headers;
        seen.push(request.method, request.url, authorization, agent);
        response.end();
      }),
    );
    await load({ http: `${origin.url}/api/`, headers: { Authorization: 'Bearer t' } });
    expect(seen).toEqual(['GET', '/api/users/7', 'Bearer t', 'larder']);
  });

  test("the source's own timeout holds if it is shorter", async () => {
    const origin = await opened(httpOrigin(() => {}));
    const asked = origin.nextRequest();
    const loading = load({ http: origin.url, timeout: '30ms' });
    await asked;
    expect(scheduler.delaysMs).toEqual([30]);
    scheduler.fire();
    expect(await loading).toEqual(aFailure({ reason: 'deadline of 30 ms passed', retryable: true }));
  });

  test('no more connections than it may have, and every load is answered', async () => {
    let most = 0;
    const origin: Origin = await opened(
      httpOrigin((_, response) => {
        most = Math.max(most, origin.connections());
        response.end('v');
      }),
    );
    const loader = loaderOf({ http: origin.url, 'connections-max': '3' });
    const request = { key: 'k', params: new Map([['id', '7']]), deadlineMs: 1000 };
    const results = await Promise.all(Array.from({ length: 50 }, () => loader.load(request)));
    expect(results.every(({ kind }) => kind === 'value')).toBe(true);
    expect(most).toBe(3);
  });
});

test('a template without a load has no loader', () => {
  const options = { scheduler, sizeBytesMax: () => 1 };
  expect(createLoaders(new Map(), [{ index: 0, load: undefined }], options).forTemplate(0)).toBeUndefined();
});
