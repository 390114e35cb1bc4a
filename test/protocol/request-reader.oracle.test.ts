import fc from 'fast-check';
import RedisParser from 'redis-parser';
import { encodeRequest } from '../../protocol/encode-request';
import { converse, cutUnevenly } from './harness';

/** The same stream read by redis-parser, which knows valid arrays of bulk strings well. */
function oracle(stream: Buffer): string[][] {
  const requests: string[][] = [];
  const parser = new RedisParser({
    returnBuffers: true,
    returnReply: (reply: Buffer[]) => requests.push(reply.map((arg) => arg.toString('latin1'))),
    returnError: (error) => {
      throw error;
    },
  });
  parser.execute(stream);
  return requests;
}

const shortArg = fc.uint8Array({ maxLength: 40 });
const longArg = fc.uint8Array({ minLength: 900, maxLength: 3_000, size: 'max' });
const arg = fc
  .oneof({ weight: 6, arbitrary: shortArg }, { weight: 1, arbitrary: longArg })
  .map((bytes) => Buffer.from(bytes));
const request = fc.array(arg, { minLength: 1, maxLength: 14 });
const pipeline = fc.array(request, { minLength: 1, maxLength: 30 });
const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 5_000 })),
  { minLength: 1, maxLength: 30 },
);

test('reads what redis-parser reads, however it is cut and however often one stops', () => {
  fc.assert(
    fc.property(pipeline, sizes, fc.integer({ min: 1, max: 8 }), (requests, cuts, batch) => {
      const stream = Buffer.concat(requests.map(encodeRequest));
      const heard = converse(cutUnevenly(stream, cuts), { batch });
      expect(heard).toEqual({ requests: oracle(stream), error: undefined });
    }),
    { numRuns: 300 },
  );
});

test('lengths around every change of digits', () => {
  const lengths = [0, 1, 9, 10, 11, 99, 100, 101, 999, 1_000, 1_001, 9_999, 10_000, 65_535, 65_536, 100_000, 1_000_000];
  const stream = Buffer.concat(lengths.map((length) => encodeRequest(['ECHO', Buffer.alloc(length, length & 255)])));
  for (const size of [stream.length, 65_536, 16_384, 1_000]) {
    const heard = converse(cutUnevenly(stream, [size]));
    expect(heard.requests.map((each) => each[1]!.length)).toEqual(lengths);
    expect(heard.requests).toEqual(oracle(stream));
  }
});

test('every one-byte argument, and a request of many arguments', () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => Buffer.from([byte]));
  const many = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`argument ${i}`));
  const stream = Buffer.concat([encodeRequest(bytes), encodeRequest(many), encodeRequest(['PING'])]);
  for (const size of [1, 7, 4_096, stream.length]) {
    expect(converse(cutUnevenly(stream, [size])).requests).toEqual(oracle(stream));
  }
});
