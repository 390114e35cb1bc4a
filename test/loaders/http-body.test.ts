import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { readBody } from '../../src/loaders/http/body';
import { aFailure } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { httpOrigin, ManualScheduler } from './origin';

const MB = 1024 * 1024;

/** An endless body in pieces, and how many bytes of it were taken. */
function endless(piece: Buffer, head = Buffer.alloc(0)) {
  let takenBytes = 0;
  const body = Readable.from(
    (function* () {
      takenBytes += head.length;
      yield head;
      for (;;) {
        takenBytes += piece.length;
        yield piece;
      }
    })(),
    { objectMode: false, highWaterMark: 16 * 1024 },
  );
  return { body, taken: () => takenBytes };
}

const gzip = (sizeBytesMax: number) => ({ encoding: 'gzip', isCompressed: true, sizeBytesMax });

// FAULTS F57: what is read is bounded by the limit, whatever it would become.
describe('bombs', () => {
  /** One gzip member of 4 MB in 4 KB; members may follow each other for ever. */
  const bomb = gzipSync(Buffer.alloc(4 * MB));

  test('that unpacks beyond the longest value', async () => {
    const { body, taken } = endless(bomb);
    expect(await readBody(body, gzip(MB))).toEqual(aFailure({ reason: `response larger than ${MB} bytes` }));
    expect(taken()).toBeLessThan(256 * 1024);
    if (!body.closed) await new Promise((closed) => body.once('close', closed));
  });

  test('that unpacks to a thousand times its size', async () => {
    const { body, taken } = endless(bomb);
    const reason = 'response unpacks to more than 100 times its size';
    expect(await readBody(body, gzip(1000 * MB))).toEqual(aFailure({ reason, retryable: false }));
    expect(taken()).toBeLessThan(256 * 1024);
  });

  test('of brotli, a million to one', async () => {
    const body = Readable.from([brotliCompressSync(Buffer.alloc(16 * MB))]);
    const bounds = { encoding: 'br', isCompressed: true, sizeBytesMax: 1000 * MB };
    expect(await readBody(body, bounds)).toEqual(aFailure({ retryable: false }));
  });

  test('that is not packed at all', async () => {
    const { body, taken } = endless(Buffer.alloc(1000));
    expect(await readBody(body, { encoding: 'identity', isCompressed: false, sizeBytesMax: 50_000 })).toEqual(
      aFailure({ reason: 'response larger than 50000 bytes' }),
    );
    expect(taken()).toBeLessThan(100_000);
  });

  test('what packs well, but not that well, is a value', async () => {
    const text = Buffer.from(Array.from({ length: 100_000 }, (_, i) => `{"id":${i % 1000}},`).join(''));
    expect(text.equals((await readBody(Readable.from([gzipSync(text)]), gzip(10 * MB))) as Buffer)).toBe(true);
    const small = Buffer.alloc(100_000, 'x');
    expect(small.equals((await readBody(Readable.from([gzipSync(small)]), gzip(MB))) as Buffer)).toBe(true);
  });
});

describe('an origin that compresses', () => {
  const value = Buffer.from('{"name":"Ada"}'.repeat(50));

  async function load(compressed: string, encoding: string, body: Buffer) {
    let asked: unknown;
    const origin = await httpOrigin((request, response) => {
      asked = request.headers['accept-encoding'];
      response.setHeader('content-encoding', encoding).end(body);
    });
    const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 1000 };
    const loaders = loadersOf(oneLoad({ http: origin.url, compressed }, { path: '/' }), options);
    const result = await loaders.forTemplate(0)!.load({ key: 'user:7', params: new Map(), deadlineMs: 1000 });
    await loaders.close();
    await origin.quiet();
    await origin.close();
    return { asked, result };
  }

  test.each([
    ['gzip', gzipSync(value)],
    ['GZIP', gzipSync(value)],
    ['x-gzip', gzipSync(value)],
    ['br', brotliCompressSync(value)],
    ['identity', value],
  ])('%s', async (encoding, body) => {
    expect(await load('on', encoding, body)).toEqual({ asked: 'gzip, br', result: { kind: 'value', value } });
  });

  test.each([
    ['cut short', 'gzip', gzipSync(value).subarray(0, -9), 'response ended early'],
    ['broken', 'gzip', Buffer.from('no gzip'), 'response cannot be unpacked'],
    ['broken', 'br', Buffer.from('\xff\xff\xff no brotli', 'latin1'), 'response cannot be unpacked'],
    [
      'with a sum that is wrong',
      'gzip',
      gzipSync(value).fill(0, gzipSync(value).length - 8),
      'response cannot be unpacked',
    ],
    ['of an encoding that nobody named', 'zstd', value, 'response has an unknown encoding'],
    ['packed twice', 'gzip, gzip', gzipSync(gzipSync(value)), 'response has an unknown encoding'],
  ])('%s: %s', async (_, encoding, body, reason) => {
    expect((await load('on', encoding, body)).result).toEqual(aFailure({ reason }));
  });

  test('without end: the connection is let go of', async () => {
    const piece = gzipSync(Buffer.alloc(100_000));
    let sentBytes = 0;
    let gone: Promise<unknown> | undefined;
    const origin = await httpOrigin((_, response) => {
      response.setHeader('content-encoding', 'gzip');
      gone = new Promise((closed) => response.once('close', closed));
      const more = () => {
        while (!response.destroyed && response.write(piece)) sentBytes += piece.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 500_000 };
    const loaders = loadersOf(oneLoad({ http: origin.url, compressed: 'on' }, { path: '/' }), options);
    const result = await loaders.forTemplate(0)!.load({ key: 'user:7', params: new Map(), deadlineMs: 1000 });
    expect(result).toEqual(aFailure({ reason: 'response larger than 500000 bytes' }));
    await gone;
    // What fits into the buffers of two sockets, and not 10,000 times the value.
    expect(sentBytes).toBeLessThan(50 * 1024 * 1024);
    await loaders.close();
    await origin.close();
  });

  test('unasked', async () => {
    const { asked, result } = await load('off', 'gzip', gzipSync(value));
    expect(asked).toBe('identity');
    expect(result).toEqual(aFailure({ reason: 'response is compressed, not asked for', retryable: false }));
  });
});
