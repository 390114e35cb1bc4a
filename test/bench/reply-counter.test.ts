import fc from 'fast-check';
import { ReplyCounter } from '../../bench/reply-counter';

type Reply = { text: string; isError?: boolean; isNull?: boolean };

const line = fc.string({ unit: fc.constantFrom('a', ' ', ':', '$', '*', '-', '+', '1'), maxLength: 12 });
const bulkBytes = fc.string({ unit: fc.constantFrom('\r', '\n', '$', '*', '+', '-', '1', 'x'), maxLength: 30 });

const scalar: fc.Arbitrary<Reply> = fc.oneof(
  line.map((text) => ({ text: `+${text}\r\n` })),
  line.map((text) => ({ text: `-${text}\r\n`, isError: true })),
  fc.integer().map((value) => ({ text: `:${value}\r\n` })),
  bulkBytes.map((bytes) => ({ text: `$${bytes.length}\r\n${bytes}\r\n` })),
  fc.constant({ text: '$-1\r\n', isNull: true }),
  fc.constant({ text: '*-1\r\n', isNull: true }),
);

const arrayOf = (items: readonly Reply[]): Reply => ({
  text: `*${items.length}\r\n${items.map(({ text }) => text).join('')}`,
});

const flat = fc.array(scalar, { maxLength: 5 }).map(arrayOf);
const nested = fc.array(fc.oneof(scalar, flat), { maxLength: 4 }).map(arrayOf);
const reply = fc.oneof(scalar, flat, nested);

/** The stream in pieces, cut at the given shares of its length. */
function pieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => stream.subarray(at[index], end));
}

describe('ReplyCounter', () => {
  test('counts replies, errors and nulls of the top level, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 12 }), (replies, cuts) => {
        const counter = new ReplyCounter();
        const stream = Buffer.from(replies.map(({ text }) => text).join(''), 'latin1');
        let counted = 0;
        for (const piece of pieces(stream, cuts)) counted += counter.push(piece);
        expect(counted).toBe(replies.length);
        expect(counter.replies).toBe(replies.length);
        expect(counter.errors).toBe(replies.filter(({ isError }) => isError).length);
        expect(counter.nulls).toBe(replies.filter(({ isNull }) => isNull).length);
      }),
      { numRuns: 500 },
    );
  });

  test('a reply counts when its last byte has come, not before', () => {
    for (const text of ['+OK\r\n', '$3\r\nabc\r\n', '$-1\r\n', '*2\r\n$1\r\na\r\n:1\r\n', '*0\r\n']) {
      const counter = new ReplyCounter();
      const bytes = Buffer.from(text);
      expect(counter.push(bytes.subarray(0, -1))).toBe(0);
      expect(counter.push(bytes.subarray(-1))).toBe(1);
    }
  });

  test('keeps the text of the first error', () => {
    const counter = new ReplyCounter();
    counter.push(Buffer.from('+OK\r\n-ERR unkn'));
    counter.push(Buffer.from("own command 'x'\r\n-ERR other\r\n"));
    expect(counter.firstError).toBe("ERR unknown command 'x'");
    expect(counter.errors).toBe(2);
  });

  test('reads only as many bytes of a reused buffer as it is told', () => {
    const counter = new ReplyCounter();
    expect(counter.push(Buffer.from('+OK\r\n+stale\r\n'), 5)).toBe(1);
  });

  test('says so when it meets a type it does not know', () => {
    expect(() => new ReplyCounter().push(Buffer.from('?x\r\n'))).toThrow('unexpected reply type ?');
  });
});
