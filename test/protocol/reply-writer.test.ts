import fc from 'fast-check';
import { type Reply, ReplyReader } from '../../protocol/reply-reader';
import { ReplyWriter } from '../../protocol/reply-writer';

function written(write: (w: ReplyWriter) => void, proto: 2 | 3 = 2, initialBytes = 64): string {
  const writer = new ReplyWriter(initialBytes);
  writer.proto = proto;
  write(writer);
  return writer.buf.toString('latin1', 0, writer.at);
}

const rows: [string, (w: ReplyWriter) => void, string, string?][] = [
  ['ok', (w) => w.ok(), '+OK\r\n'],
  ['simple', (w) => w.simple('PONG'), '+PONG\r\n'],
  ['simple with line ends', (w) => w.simple('a\r\nb'), '+a  b\r\n'],
  ['error', (w) => w.error('ERR syntax error'), '-ERR syntax error\r\n'],
  [
    'error with line ends',
    (w) => w.error("ERR unknown command 'FOO\r\n+OK\r\n'"),
    "-ERR unknown command 'FOO  +OK  '\r\n",
  ],
  ['long error', (w) => w.error(`ERR ${'x\r\n'.repeat(50)}`), `-ERR ${'x  '.repeat(50)}\r\n`],
  ['bulk', (w) => w.bulk({ buf: Buffer.from('hello'), start: 1, end: 4 }), '$3\r\nell\r\n'],
  ['empty bulk', (w) => w.bulkBuffer(Buffer.alloc(0)), '$0\r\n\r\n'],
  ['bulk text', (w) => w.bulkText('\x00\xff\r\n'), '$4\r\n\x00\xff\r\n\r\n'],
  ['nil', (w) => w.nil(), '$-1\r\n', '_\r\n'],
  ['nil array', (w) => w.nilArray(), '*-1\r\n', '_\r\n'],
  ['array', (w) => w.array(2), '*2\r\n'],
  ['empty array', (w) => w.array(0), '*0\r\n'],
  ['map', (w) => w.map(7), '*14\r\n', '%7\r\n'],
  ['set', (w) => w.set(3), '*3\r\n', '~3\r\n'],
  ['push', (w) => w.push(2), '*2\r\n', '>2\r\n'],
  ['true', (w) => w.boolean(true), ':1\r\n', '#t\r\n'],
  ['false', (w) => w.boolean(false), ':0\r\n', '#f\r\n'],
  ['bignum', (w) => w.bignum(2n ** 80n), '$25\r\n1208925819614629174706176\r\n', '(1208925819614629174706176\r\n'],
  ['verbatim', (w) => w.verbatim('txt', 'a\r\nb'), '$4\r\na\r\nb\r\n', '=8\r\ntxt:a\r\nb\r\n'],
  ['double', (w) => w.double(3.5), '$3\r\n3.5\r\n', ',3.5\r\n'],
  ['infinity', (w) => w.double(Infinity), '$3\r\ninf\r\n', ',inf\r\n'],
];

test.each(rows)('%s', (_name, write, resp2, resp3 = resp2) => {
  expect(written(write, 2)).toBe(resp2);
  expect(written(write, 3)).toBe(resp3);
});

test.each([
  [0, '0'],
  [-0, '-0'],
  [1, '1'],
  [-2.5, '-2.5'],
  [0.1, '0.1'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1e7, '10000000'],
  [1e8, '1e+8'],
  [123456789012, '123456789012'],
  [1e21, '1e+21'],
  [1.5e300, '1.5e+300'],
  [0.0001, '0.0001'],
  [1e-7, '1e-7'],
  [5e-324, '5e-324'],
  [-Infinity, '-inf'],
  [NaN, 'nan'],
])('double %p', (value, text) => {
  expect(written((w) => w.double(value), 3)).toBe(`,${text}\r\n`);
});

test('doubles read back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(written((w) => w.double(value), 3).slice(1, -2))).toBe(value);
    }),
  );
});

test('integers, small, large and negative', () => {
  const edges = [0, 9, 10, 99, 100, 101, 999, 1000, -1, -10, -999, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)];
  for (const value of edges) expect(written((w) => w.integer(value))).toBe(`:${value}\r\n`);
  for (let value = 0; value < 2_000; value++) expect(written((w) => w.integer(value))).toBe(`:${value}\r\n`);
  expect(written((w) => w.integer(2n ** 63n - 1n))).toBe(':9223372036854775807\r\n');
});

test('bulks of every length and offset, from small and from large buffers', () => {
  const large = Buffer.alloc(128 * 1024);
  for (let i = 0; i < large.length; i++) large[i] = (i * 31 + (i >> 8)) & 255;
  const lengths = [...Array(140).keys(), 255, 256, 257, 510, 511, 512, 513, 514, 1_023, 5_000, 70_000];
  for (const buf of [large, Buffer.from(large.subarray(0, 50_000))]) {
    const writer = new ReplyWriter(64);
    for (const length of lengths.filter((each) => each < buf.length - 20)) {
      for (const start of [0, 1, 2, 3, 13]) {
        writer.reset();
        for (let skew = 0; skew < start; skew++) writer.nil();
        const at = writer.at;
        writer.bulk({ buf, start, end: start + length });
        const head = `$${length}\r\n`;
        expect(writer.at - at).toBe(head.length + length + 2);
        expect(writer.buf.toString('latin1', at, at + head.length)).toBe(head);
        expect(buf.compare(writer.buf, at + head.length, writer.at - 2, start, start + length)).toBe(0);
        expect(writer.buf.toString('latin1', writer.at - 2, writer.at)).toBe('\r\n');
      }
    }
  }
});

test('a bulk that ends where its buffer ends', () => {
  const large = Buffer.alloc(64 * 1024, 'z');
  for (let length = 0; length < 600; length++) {
    const text = written((w) => w.bulk({ buf: large, start: large.length - length, end: large.length }));
    expect(text).toBe(`$${length}\r\n${'z'.repeat(length)}\r\n`);
  }
});

test('renew leaves the old arena alone', () => {
  const writer = new ReplyWriter(64);
  writer.simple('old');
  const sending = writer.buf;
  writer.renew();
  writer.simple('new');
  writer.bulkText('and more of it');
  expect(sending.toString('latin1', 0, 6)).toBe('+old\r\n');
  expect(writer.buf.toString('latin1', 0, writer.at)).toBe('+new\r\n$14\r\nand more of it\r\n');
});

test('growth keeps what was written at its offset; reset gives the memory back', () => {
  const writer = new ReplyWriter(128);
  const small = writer.buf.length;
  writer.bulkText('first');
  const mark = writer.at;
  writer.bulkBuffer(Buffer.alloc(100_000, 'x'));
  for (let i = 0; i < 10_000; i++) writer.ok();
  expect(writer.buf.toString('latin1', 0, mark)).toBe('$5\r\nfirst\r\n');
  expect(writer.buf.toString('latin1', mark, mark + 10)).toBe('$100000\r\nx');
  expect(writer.at).toBe(mark + 9 + 100_002 + 50_000);
  writer.reset();
  expect([writer.at, writer.buf.length]).toEqual([0, small]);
  writer.ok();
  expect(writer.buf.toString('latin1', 0, writer.at)).toBe('+OK\r\n');
});

test('one arena may be the source of another reply', () => {
  const writer = new ReplyWriter(64);
  writer.bulkText('abcdefghijklmnopqrstuvwxyz');
  for (let i = 0; i < 8; i++) writer.bulk({ buf: writer.buf, start: 5, end: 31 });
  expect(writer.buf.toString('latin1', 0, writer.at)).toBe('$26\r\nabcdefghijklmnopqrstuvwxyz\r\n'.repeat(9));
});

// --- round trip ---------------------------------------------------------------------------------------------------------

type Tree = Buffer | number | null | Error | Tree[];

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.uint8Array({ maxLength: 700, size: '+1' }).map((bytes) => Buffer.from(bytes)),
    fc.maxSafeInteger(),
    fc.constant(null),
    fc.string({ unit: fc.constantFrom(...'abc \r\n') }).map((text) => new Error(`ERR x${text}`)),
    fc.array(tie('tree'), { maxLength: 5 }),
  ),
}));

function write(writer: ReplyWriter, value: Tree): void {
  if (value === null) writer.nil();
  else if (typeof value === 'number') writer.integer(value);
  else if (Buffer.isBuffer(value)) writer.bulkBuffer(value);
  else if (value instanceof Error) writer.error(value.message);
  else {
    writer.array(value.length);
    for (const each of value) write(writer, each);
  }
}

/** Plain text of a reply or tree, in which errors are what their lines say. */
function shown(value: Tree | Reply): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (value instanceof Error) return { error: value.message.replace(/[\r\n]/g, ' ') };
  return Array.isArray(value) ? value.map(shown) : value;
}

test('what is written is read back, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 6 }), fc.integer({ min: 1, max: 400 }), (trees, size) => {
      const writer = new ReplyWriter(32);
      for (const each of trees) write(writer, each);
      const replies: unknown[] = [];
      const reader = new ReplyReader((reply) => replies.push(shown(reply)));
      for (let at = 0; at < writer.at; at += size) {
        reader.feed(Buffer.from(writer.buf.subarray(at, Math.min(writer.at, at + size))));
      }
      expect(replies).toEqual(trees.map(shown));
    }),
    { numRuns: 300 },
  );
});
