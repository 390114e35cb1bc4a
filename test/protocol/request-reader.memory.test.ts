import fc from 'fast-check';
import { encodeRequest } from '../../protocol/encode-request';
import { DEFAULT_LIMITS, type Limits } from '../../protocol/limits';
import { BROKEN, MORE, REQUEST, RequestReader } from '../../protocol/request-reader';
import { argsOf, converse, cut, latin1 } from './harness';

const KIB = 1024;
const MIB = 1024 * KIB;

function feedWhole(reader: RequestReader, bytes: Buffer): void {
  reader.feed(bytes, 0, bytes.length);
}

describe('detach', () => {
  const first = ['SET', 'key', 'v'.repeat(100)];
  const second = ['GET', 'other'];

  test('keeps the arguments while the read buffer is reused, and the rest of the pipeline too', () => {
    const reader = new RequestReader();
    const shared = Buffer.concat([encodeRequest(first), encodeRequest(second), latin1('*2\r\n$3\r\nGE')]);
    feedWhole(reader, shared);
    expect(reader.next()).toBe(REQUEST);
    reader.detach();
    reader.release();
    shared.fill(0);
    feedWhole(reader, latin1('T\r\n$1\r\na\r\n'));
    reader.release();
    expect(argsOf(reader)).toEqual(first);
    expect(reader.next()).toBe(REQUEST);
    expect(argsOf(reader)).toEqual(second);
    expect(reader.next()).toBe(REQUEST);
    expect(argsOf(reader)).toEqual(['GET', 'a']);
    expect(reader.next()).toBe(MORE);
  });

  test('takes own memory over without a copy when nothing else is in it', () => {
    const reader = new RequestReader();
    const bytes = encodeRequest(['SET', 'key', Buffer.alloc(MIB, 'v')]);
    for (const chunk of cut(bytes, 64 * KIB)) {
      feedWhole(reader, chunk);
      if (chunk.length < 64 * KIB) break;
      expect(reader.next()).toBe(MORE);
      reader.release();
    }
    expect(reader.next()).toBe(REQUEST);
    const copied = reader.slowBytes;
    reader.detach();
    reader.release();
    expect(reader.slowBytes).toBe(copied);
    expect(reader.pendingBytes).toBe(0);
    expect(reader.args[2]!.length).toBe(MIB);
    expect(reader.args[2]!.toBuffer().equals(Buffer.alloc(MIB, 'v'))).toBe(true);
  });

  test('of an inline request, and of none', () => {
    const reader = new RequestReader();
    const line = latin1('SET "a b" c\r\nPING\r\n');
    reader.detach();
    feedWhole(reader, line);
    reader.next();
    reader.detach();
    reader.release();
    line.fill(0);
    expect(argsOf(reader)).toEqual(['SET', 'a b', 'c']);
    expect(reader.next()).toBe(REQUEST);
    expect(argsOf(reader)).toEqual(['PING']);
  });

  test('anywhere in any pipeline', () => {
    const pipeline = fc.array(
      fc.array(fc.string({ maxLength: 30, unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 5 }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(
        pipeline,
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.boolean(), { minLength: 1 }),
        (requests, size, waits) => {
          const reader = new RequestReader();
          const heard: string[][] = [];
          const shared = Buffer.alloc(size);
          const chunks = cut(Buffer.concat(requests.map(encodeRequest)), size);
          let i = 0;
          while (chunks.length > 0) {
            const length = chunks.shift()!.copy(shared);
            reader.feed(shared, 0, length);
            while (reader.next() === REQUEST) {
              if (waits[i++ % waits.length]) {
                reader.detach();
                reader.release();
                shared.fill(1);
                const late = chunks.shift();
                if (late !== undefined) reader.feed(shared, 0, late.copy(shared));
                reader.release();
                shared.fill(1);
              }
              heard.push(argsOf(reader));
            }
            reader.release();
            shared.fill(1);
          }
          expect(heard).toEqual(requests);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('feeding on top of unread bytes', () => {
  test('several times before anything is read', () => {
    const reader = new RequestReader();
    for (const chunk of cut(Buffer.concat([encodeRequest(['SET', 'k', 'value']), encodeRequest(['PING'])]), 5)) {
      feedWhole(reader, chunk);
    }
    expect(reader.next()).toBe(REQUEST);
    expect(argsOf(reader)).toEqual(['SET', 'k', 'value']);
    expect(reader.next()).toBe(REQUEST);
    expect(reader.next()).toBe(MORE);
    expect(reader.hasUnread).toBe(false);
  });

  test('hasUnread and pendingBytes tell what is held', () => {
    const reader = new RequestReader();
    const ping = encodeRequest(['PING']);
    expect([reader.hasUnread, reader.pendingBytes]).toEqual([false, 0]);
    feedWhole(reader, Buffer.concat([ping, ping]));
    reader.next();
    reader.release();
    expect([reader.hasUnread, reader.pendingBytes]).toEqual([true, ping.length]);
    reader.next();
    expect(reader.hasUnread).toBe(false);
    const half = latin1('*2\r\n$3\r\nGET\r\n$5\r\nab');
    feedWhole(reader, half);
    expect(reader.next()).toBe(MORE);
    reader.release();
    expect([reader.hasUnread, reader.pendingBytes]).toEqual([true, half.length + 64]);
  });
});

describe('memory', () => {
  /** Bytes of the buffers that the reader keeps alive, found by looking through all it holds. */
  function heldMemory(reader: RequestReader): number {
    const buffers = new Set<Buffer>();
    const collect = (value: unknown): void => {
      if (Buffer.isBuffer(value)) buffers.add(value);
      else if (Array.isArray(value)) value.forEach(collect);
      else if (typeof value === 'object' && value !== null && value !== DEFAULT_LIMITS)
        Object.values(value).forEach(collect);
    };
    collect(Object.values(reader));
    return [...buffers].reduce((sum, buffer) => sum + buffer.length, 0);
  }

  test('an idle connection keeps no bytes and few arguments', () => {
    const reader = new RequestReader();
    expect(heldMemory(reader)).toBe(0);
    const large = encodeRequest(Array.from({ length: 5_000 }, () => 'x'.repeat(50)));
    converse(cut(large, 1_000), { reader });
    expect(heldMemory(reader)).toBe(0);
    expect(reader.args.length).toBeLessThanOrEqual(8);
  });

  test('a declaration allocates nothing', () => {
    for (const declared of ['*1048576\r\n', '*3\r\n$67108864\r\n', '*1048576\r\n$67108864\r\nab']) {
      const reader = new RequestReader();
      expect(converse([latin1(declared)], { reader }).error).toBeUndefined();
      expect(heldMemory(reader)).toBeLessThanOrEqual(512);
      expect(reader.args.length).toBe(0);
    }
  });

  test('grows with what arrived: at most twice that, and a body that is nearly there exactly', () => {
    const reader = new RequestReader();
    const bytes = encodeRequest(['SET', 'k', Buffer.alloc(8 * MIB)]);
    let arrived = 0;
    for (const chunk of cut(bytes, 64 * KIB).slice(0, -1)) {
      feedWhole(reader, Buffer.from(chunk));
      reader.next();
      reader.release();
      arrived += chunk.length;
      expect(heldMemory(reader)).toBeLessThanOrEqual(Math.min(2 * arrived, bytes.length));
    }
  });

  test('a body before other arguments is not doubled when it is near its end', () => {
    const reader = new RequestReader();
    const bytes = encodeRequest(['SET', 'k', Buffer.alloc(6 * MIB), 'EX', 10]);
    converse(cut(bytes, 64 * KIB).slice(0, -1), { reader });
    expect(heldMemory(reader)).toBeLessThanOrEqual(bytes.length);
  });

  test('a small rest does not keep a large buffer', () => {
    const reader = new RequestReader();
    const bytes = Buffer.concat([encodeRequest(['SET', 'k', Buffer.alloc(MIB)]), latin1('*1\r\n$4\r\nPI')]);
    feedWhole(reader, bytes);
    reader.release();
    expect(heldMemory(reader)).toBeGreaterThan(MIB);
    expect([reader.next(), reader.next()]).toEqual([REQUEST, MORE]);
    reader.release();
    expect(heldMemory(reader)).toBeLessThan(4 * KIB);
  });
});

describe('the query limit', () => {
  const limits: Limits = { ...DEFAULT_LIMITS, queryBytesMax: 10_000 };

  test.each([1, 100, 1_000_000])('closes without a word on a request beyond it, in chunks of %d', (size) => {
    const fits = encodeRequest(['SET', 'k', 'v'.repeat(9_700)]);
    const tooLong = encodeRequest(['SET', 'k', 'v'.repeat(9_900)]);
    expect(converse(cut(fits, size), { reader: new RequestReader(limits) }).error).toBeUndefined();
    expect(converse(cut(tooLong, size), { reader: new RequestReader(limits) })).toEqual({ requests: [], error: '' });
  });

  test('charges arguments for being there', () => {
    const many = encodeRequest(Array.from({ length: 160 }, () => ''));
    expect(many.length).toBeLessThan(1_000);
    for (const size of [1, many.length]) {
      expect(converse(cut(many, size), { reader: new RequestReader(limits) }).error).toBe('');
    }
  });

  test('holds for a pipeline that nobody reads', () => {
    const reader = new RequestReader(limits);
    const ping = encodeRequest(['PING']);
    let sent = 0;
    for (; sent < 20_000 && reader.error === '' && reader.pendingBytes === sent; sent += ping.length) {
      feedWhole(reader, ping);
      reader.release();
    }
    expect(sent).toBeGreaterThan(10_000);
    expect(sent).toBeLessThan(10_100);
    expect([reader.next(), reader.error, reader.pendingBytes]).toEqual([BROKEN, '', 0]);
  });

  test('is lower for strangers', () => {
    const reader = new RequestReader();
    reader.authenticated = false;
    const request = encodeRequest(Array.from({ length: 10 }, () => 'x'.repeat(16_000)));
    const pipeline = Buffer.concat(Array.from({ length: 7 }, () => request));
    feedWhole(reader, pipeline);
    reader.release();
    expect([reader.next(), reader.error]).toEqual([BROKEN, '']);
  });
});

describe('work is linear in what arrived', () => {
  const slowBytes = (bytes: Buffer, size: number): number => {
    const reader = new RequestReader({ ...DEFAULT_LIMITS, inlineBytesMax: 2 * MIB, headerBytesMax: 2 * MIB });
    converse(cut(bytes, size), { reader });
    return reader.slowBytes;
  };
  const inline = latin1(`${'x'.repeat(MIB)}\n`);
  const body = encodeRequest(['SET', 'k', Buffer.alloc(MIB)]);
  const manyShort = encodeRequest(Array.from({ length: 100_000 }, () => 'abcd'));
  const manyLong = encodeRequest(Array.from({ length: 300 }, () => 'x'.repeat(4_000)));
  const pipeline = Buffer.concat(
    Array.from({ length: 10_000 }, (_, i) => encodeRequest(['SET', `k${i}`, 'x'.repeat(100)])),
  );

  test.each([
    ['an inline request', inline],
    ['a body', body],
    ['many short arguments', manyShort],
    ['many long arguments', manyLong],
    ['a pipeline', pipeline],
  ])('%s in chunks of 16 bytes', (_name, bytes) => {
    expect(slowBytes(bytes, 16)).toBeLessThan(9 * bytes.length);
  });

  test('a pipeline in large chunks is read in place, but for the requests that were cut', () => {
    expect(slowBytes(pipeline, 64 * KIB)).toBeLessThan(pipeline.length / 50);
  });

  test('a request of many arguments is moved in a few pieces', () => {
    expect(slowBytes(manyShort, 64 * KIB)).toBeLessThan(5 * manyShort.length);
  });

  test('a header that never ends is given up after its limit', () => {
    for (const start of ['*', '*1\r\n$']) {
      const reader = new RequestReader();
      converse(cut(latin1(start + '1'.repeat(MIB)), 16), { reader });
      expect(reader.error).toContain('count string');
      expect(reader.slowBytes).toBeLessThan(500);
    }
  });
});
