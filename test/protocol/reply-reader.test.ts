import { encodeRequest } from '../../protocol/encode-request';
import { type Reply, ReplyReader } from '../../protocol/reply-reader';
import { latin1 } from './harness';

function replies(text: string, size = text.length): Reply[] {
  const read: Reply[] = [];
  const reader = new ReplyReader((reply) => read.push(reply));
  for (let at = 0; at < text.length; at += size) reader.feed(latin1(text.slice(at, at + size)));
  return read;
}

test.each([1, 4, 1_000])('every RESP2 type, in chunks of %d', (size) => {
  const read = replies('+OK\r\n:42\r\n:-1\r\n$2\r\n\xff\n\r\n$-1\r\n*-1\r\n*2\r\n$0\r\n\r\n*1\r\n:7\r\n', size);
  expect(read).toEqual([latin1('OK'), 42, -1, latin1('\xff\n'), null, null, [latin1(''), [7]]]);
});

test('errors are values, alone and in arrays, and do not end the stream', () => {
  const [alone, nested, after] = replies('-ERR no\r\n*2\r\n-MOVED x\r\n:1\r\n+OK\r\n');
  expect(alone).toBeInstanceOf(Error);
  expect((alone as Error).message).toBe('ERR no');
  expect((nested as Reply[])[0]).toBeInstanceOf(Error);
  expect((nested as Reply[])[1]).toBe(1);
  expect(after).toEqual(latin1('OK'));
});

test('what is not RESP2 throws, then and ever after', () => {
  const reader = new ReplyReader(() => {});
  expect(() => reader.feed(latin1('%1\r\n'))).toThrow();
  expect(() => reader.feed(latin1('+OK\r\n'))).toThrow();
});

describe('encodeRequest', () => {
  test('strings, buffers and numbers as bulk strings', () => {
    const bytes = encodeRequest(['SET', Buffer.from([0, 255]), 12, '\xe9', '']);
    expect(bytes.toString('latin1')).toBe('*5\r\n$3\r\nSET\r\n$2\r\n\x00\xff\r\n$2\r\n12\r\n$1\r\n\xe9\r\n$0\r\n\r\n');
  });

  test('refuses what latin1 cannot hold', () => {
    expect(() => encodeRequest(['GET', 'caf\u0113'])).toThrow(RangeError);
  });
});
