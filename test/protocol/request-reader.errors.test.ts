import fc from 'fast-check';
import { DEFAULT_LIMITS } from '../../protocol/limits';
import { BROKEN, RequestReader } from '../../protocol/request-reader';
import { converse, cut, cutUnevenly, type Heard, latin1 } from './harness';

const PING = '*1\r\n$4\r\nPING\r\n';
const multibulk = 'ERR Protocol error: invalid multibulk length';
const bulk = 'ERR Protocol error: invalid bulk length';
const expected = (got: string): string => `ERR Protocol error: expected '$', got '${got}'`;

/** Bytes sent, and what they come to. A row without an error ends open, and `unread` says if something is left over. */
interface Row {
  sent: string;
  requests?: string[][];
  error?: string;
  unread?: boolean;
  guest?: boolean;
}

const ping = ['PING'];

const rows: Row[] = [
  // nothing at all
  ...['\r\n', '\n', '*0\r\n', '*-1\r\n', '*-10\r\n', '  \r\n', '\t \n'].map((empty) => ({
    sent: empty + empty + PING,
    requests: [ping],
  })),
  { sent: `\r\n\n*0\r\n*-1\r\n${PING}\r\n${PING}\n*-10\r\n`, requests: [ping, ping] },
  // how many
  ...[
    '*3000000000',
    '*99999999999999999999',
    '*abc',
    '*',
    '*+1',
    '* 1',
    '*01',
    '*1e3',
    '*0x10',
    '*1 ',
    '*00',
    '*-0',
    '*--1',
  ]
    .concat(['*4294967296', '*2147483648', '*1048577', '*-', '*1-', '*12345678901', '*-12345678901'])
    .map((sent) => ({ sent: `${sent}\r\n${PING}`, error: multibulk })),
  { sent: `${PING}*abc\r\n${PING}`, requests: [ping], error: multibulk },
  // how long
  ...[
    '$-1',
    '$-10',
    '$2000000000',
    '$536870913',
    '$blabla',
    '$',
    '$-0',
    '$+4',
    '$ 4',
    '$04',
    '$004',
    '$4 ',
    '$67108865',
    '$1e1',
  ]
    .concat(['$00', '$0004', '$1x', '$12x', '$123x', '$12345678901', '$99999999999999999999'])
    .map((sent) => ({ sent: `*2\r\n$3\r\nGET\r\n${sent}\r\nabcd\r\n`, error: bulk })),
  // what kind
  ...['*', ':', '+', '-', '_', '#', ',', '(', '%', '~', '>', '=', '!', 'x', ' ', '\xff'].map((got) => ({
    sent: `*2\r\n$3\r\nGET\r\n${got}1\r\n$1\r\na\r\n`,
    error: expected(got),
  })),
  { sent: '*1\r\n*1\r\n*1\r\n', error: expected('*') },
  { sent: '*1\r\nx1\rx', error: expected('x') },
  { sent: '*1\r\n\r\n', error: expected('\r') },
  // ends: stricter than Redis
  { sent: `*1\r\n$4\r\nPINGXX${PING}`, error: bulk },
  { sent: `*1\r\n$4\r\nPING\rX${PING}`, error: bulk },
  { sent: `*1\r\n$4\r\nPING\n\n${PING}`, error: bulk },
  { sent: `*1\r\n$0\r\nPI${PING}`, error: bulk },
  { sent: '*1\rX$4\r\nPING\r\n', error: multibulk },
  { sent: '*1\r\n$4\rXPING\r\n', error: bulk },
  { sent: '*1\r\r\n$4\r\nPING\r\n', error: multibulk },
  { sent: '*12\rX', error: multibulk },
  { sent: '*1\r\n$10\rX', error: bulk },
  { sent: '*1\r\n$100\rX', error: bulk },
  // bare line feeds in headers: waits, as Redis
  { sent: '*1\n$4\nPING\n', unread: true },
  { sent: `*1\n$4\nPING\n${PING}`, error: multibulk },
  { sent: `*1\n$4\nPING\n${'\n'.repeat(30)}`, error: 'ERR Protocol error: too big mbulk count string' },
  // too long
  { sent: `*${'1'.repeat(70_000)}`, error: 'ERR Protocol error: too big mbulk count string' },
  { sent: `*${'1'.repeat(31)}`, error: 'ERR Protocol error: too big mbulk count string' },
  { sent: `*${'1'.repeat(30)}`, unread: true },
  { sent: `*${'1'.repeat(30)}\r\n`, error: multibulk },
  { sent: `*${'1'.repeat(31)}\r\n`, error: 'ERR Protocol error: too big mbulk count string' },
  { sent: `*1\r\n$${'1'.repeat(70_000)}`, error: 'ERR Protocol error: too big bulk count string' },
  { sent: `*1\r\n$${'1'.repeat(31)}`, error: 'ERR Protocol error: too big bulk count string' },
  { sent: `*1\r\n$${'1'.repeat(30)}`, unread: true },
  { sent: 'x'.repeat(70_000), error: 'ERR Protocol error: too big inline request' },
  { sent: `${'x'.repeat(65_537)}\n`, error: 'ERR Protocol error: too big inline request' },
  { sent: `${'x'.repeat(65_536)}\n`, requests: [['x'.repeat(65_536)]] },
  { sent: 'x'.repeat(65_536), unread: true },
  { sent: `ECHO a\x00b\r\n${PING}`, unread: true },
  { sent: `ECHO a\x00${'\n'.repeat(70_000)}`, error: 'ERR Protocol error: too big inline request' },
  // quotes
  { sent: 'SET "a b\r\n', error: 'ERR Protocol error: unbalanced quotes in request' },
  { sent: "SET 'a b\r\n", error: 'ERR Protocol error: unbalanced quotes in request' },
  { sent: 'SET "a"b\r\n', error: 'ERR Protocol error: unbalanced quotes in request' },
  { sent: 'SET "a\\"\r\n', error: 'ERR Protocol error: unbalanced quotes in request' },
  // a TLS hello on the plain port
  { sent: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', error: '' },
  // strangers
  { sent: `*11\r\n`, error: 'ERR Protocol error: unauthenticated multibulk length', guest: true },
  { sent: `*1048577\r\n`, error: multibulk, guest: true },
  { sent: `*10\r\n`, unread: true, guest: true },
  { sent: '*1\r\n$16385\r\n', error: 'ERR Protocol error: unauthenticated bulk length', guest: true },
  { sent: '*1\r\n$67108865\r\n', error: bulk, guest: true },
  { sent: '*1\r\n$16384\r\n', unread: true, guest: true },
  { sent: `*1\r\n$16384\r\n${'x'.repeat(16_384)}\r\n`, requests: [['x'.repeat(16_384)]], guest: true },
  { sent: '*11\r\n', unread: true },
  { sent: '*1048576\r\n', unread: true },
  { sent: '*1\r\n$67108864\r\n', unread: true },
];

function play(row: Row, chunks: Buffer[], batch = Infinity): Heard & { unread: boolean } {
  const reader = new RequestReader();
  reader.authenticated = row.guest !== true;
  const heard = converse(chunks, { reader, batch });
  return { ...heard, unread: reader.hasUnread };
}

describe.each(rows.map((row) => [JSON.stringify(row.sent.slice(0, 60)) + (row.guest ? ' (guest)' : ''), row] as const))(
  '%s',
  (_name, row) => {
    const bytes = latin1(row.sent);
    const wanted = { requests: row.requests ?? [], error: row.error, unread: row.unread ?? false };

    test('whole', () => expect(play(row, [bytes])).toEqual(wanted));

    test('byte by byte', () => expect(play(row, cut(bytes, 1))).toEqual(wanted));

    test('in random chunks', () => {
      const sizes = fc.array(fc.integer({ min: 1, max: Math.max(2, bytes.length >> 2) }), {
        minLength: 1,
        maxLength: 20,
      });
      fc.assert(
        fc.property(sizes, (each) => expect(play(row, cutUnevenly(bytes, each), 2)).toEqual(wanted)),
        { numRuns: bytes.length > 10_000 ? 5 : 30 },
      );
    });
  },
);

test('a broken reader stays broken, whatever comes', () => {
  const reader = new RequestReader();
  expect(converse([latin1('*abc\r\n'), latin1(PING)], { reader })).toEqual({ requests: [], error: multibulk });
  expect(reader.next()).toBe(BROKEN);
  expect([reader.hasUnread, reader.pendingBytes]).toEqual([false, 0]);
});

test('authenticating between two pipelined requests lifts the limits of the second', () => {
  const many = `*11\r\n${'$1\r\na\r\n'.repeat(11)}`;
  const reader = new RequestReader();
  reader.authenticated = false;
  const bytes = latin1(PING + many);
  reader.feed(bytes, 0, bytes.length);
  reader.next();
  reader.authenticated = true;
  reader.next();
  expect(reader.argc).toBe(11);
});

test('limits are the published ones', () => {
  expect(DEFAULT_LIMITS).toEqual({
    argsMax: 1_048_576,
    argBytesMax: 67_108_864,
    inlineBytesMax: 65_536,
    headerBytesMax: 32,
    queryBytesMax: 134_217_728,
    unauthenticated: { argsMax: 10, argBytesMax: 16_384, queryBytesMax: 1_048_576 },
  });
});
