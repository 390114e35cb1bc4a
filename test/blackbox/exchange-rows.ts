/**
 * What is sent, and the exact bytes that come back. `open`: goes on being served; `closed`: the server closes;
 * `waits`: the request is not whole yet, so nothing happens.
 */
export interface ExchangeRow {
  readonly sent: string;
  readonly reply: string;
  readonly ending: 'open' | 'closed' | 'waits';
  /** In place of `sent` in the test's name. */
  readonly name?: string;
  /** What redis-server does where we are stricter on purpose (protocol/README.md). */
  readonly redis?: Pick<ExchangeRow, 'reply' | 'ending'>;
}

const PING = '*1\r\n$4\r\nPING\r\n';
const PONG = '+PONG\r\n';
const COUNT = '-ERR Protocol error: invalid multibulk length\r\n';
const BULK = '-ERR Protocol error: invalid bulk length\r\n';
const LONG = 70_000;

const closed = (sent: string, reply: string, name?: string): ExchangeRow => ({
  sent,
  reply,
  ending: 'closed',
  ...(name !== undefined && { name }),
});
const open = (sent: string, reply: string, name?: string): ExchangeRow => ({
  ...closed(sent, reply, name),
  ending: 'open',
});
const bulks = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

const empty = ['\r\n', '\n', '*0\r\n', '*-1\r\n', '*-10\r\n'].map((sent) => open(sent + PING, PONG));

const counts = ['*3000000000', '*99999999999999999999', '*abc', '*', '*+1', '* 1', '*01', '*1e3', '*0x10'].map((sent) =>
  closed(`${PING}${sent}\r\n`, PONG + COUNT),
);

const bulkLengths = ['$-1', '$-10', '$2000000000', '$536870913', '$blabla', '$', '$-0'].map((sent) =>
  closed(`*2\r\n$3\r\nGET\r\n${sent}\r\n`, BULK),
);

const strangers = ['*1', ':5', '+x', '-ERR', '_', '#t', ',1', '(1', '%1', '~1', '=4'].map((sent) =>
  closed(`*2\r\n$3\r\nGET\r\n${sent}\r\n`, `-ERR Protocol error: expected '$', got '${sent[0]}'\r\n`),
);

const endless = [
  closed('a'.repeat(LONG), '-ERR Protocol error: too big inline request\r\n', `${LONG} bytes without a line feed`),
  closed(`*${'1'.repeat(LONG)}`, '-ERR Protocol error: too big mbulk count string\r\n', `* and ${LONG} digits`),
  closed(`*1\r\n$${'1'.repeat(LONG)}`, '-ERR Protocol error: too big bulk count string\r\n', `$ and ${LONG} digits`),
];

const lines = [
  closed('SET "a b\r\n', '-ERR Protocol error: unbalanced quotes in request\r\n'),
  { sent: '*1\n$4\nPING\n', reply: '', ending: 'waits' } as const,
];

/** Whoever is made to speak HTTP to us gets no word. */
const http = [
  'POST / HTTP/1.1\r\n',
  'post / HTTP/1.1\r\nContent-Length: 6\r\n\r\nPING\r\n',
  'Host: x\r\n',
  bulks('POST', '/'),
  bulks('host:', 'x'),
  bulks('HoSt:'),
].map((sent) => closed(sent, ''));

const NOT_AN_INTEGER = '-ERR value is not an integer or out of range\r\n';
const BAD_EXPIRE = "-ERR invalid expire time in 'set' command\r\n";
const SYNTAX = '-ERR syntax error\r\n';
const LONGEST = 200;
const CUT = 128;

const commands = [
  open('FOO bar baz\r\n', "-ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' \r\n"),
  open(bulks('FOO\r\n+OK\r\n', 'x'), "-ERR unknown command 'FOO  +OK  ', with args beginning with: 'x' \r\n"),
  open(
    bulks('F'.repeat(LONGEST), 'x'.repeat(LONGEST), 'y'),
    `-ERR unknown command '${'F'.repeat(CUT)}', with args beginning with: '${'x'.repeat(CUT)}' \r\n`,
  ),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((name) =>
    open(bulks(name), `-ERR unknown command '${name}', with args beginning with: \r\n`),
  ),
  open(bulks('GET'), "-ERR wrong number of arguments for 'get' command\r\n"),
  open(bulks('GET', 'a', 'b'), "-ERR wrong number of arguments for 'get' command\r\n"),
  open(bulks('CONFIG', 'FOO'), "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.\r\n"),
  open(bulks('SET', 'k', 'v', 'EX', 'x'), NOT_AN_INTEGER),
  ...['0', '-1', '9223372036854775807'].map((seconds) => open(bulks('SET', 'k', 'v', 'EX', seconds), BAD_EXPIRE)),
  open(bulks('SET', 'k', 'v', 'PX', '9223372036854775807'), BAD_EXPIRE),
  open(bulks('SET', 'k', 'v', 'EX', '10', 'PX', '10'), SYNTAX),
  open(bulks('SET', 'k', 'v', 'NX', 'XX'), SYNTAX),
  open(bulks('SET', 'k', 'v', 'NEVER'), SYNTAX),
  open(bulks('SELECT', '99'), '-ERR DB index is out of range\r\n'),
  open(bulks('SCAN', 'abc'), '-ERR invalid cursor\r\n'),
  open(bulks('HELLO', '4'), '-NOPROTO unsupported protocol version\r\n'),
  open(bulks('HELLO', 'abc'), '-ERR Protocol version is not an integer or out of range\r\n'),
  open(
    bulks('AUTH', 'x'),
    '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n',
  ),
  open(bulks('AUTH', 'someone', 'x'), '-WRONGPASS invalid username-password pair or user is disabled.\r\n'),
  open(
    bulks('CONFIG', 'SET', 'dir', '/tmp'),
    "-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config\r\n",
  ),
];

const stricter: ExchangeRow[] = [
  {
    ...closed(`*1\r\n$4\r\nPINGXX${PING}`, BULK),
    redis: { reply: PONG + PONG, ending: 'open' },
  },
  { ...closed('*1\rX$4\r\nPING\r\n', COUNT), redis: { reply: PONG, ending: 'open' } },
  { ...closed('*1\r\n$4\rXPING\r\n', BULK), redis: { reply: PONG, ending: 'open' } },
  { ...closed('*1\rX$4\rXPINGYY', COUNT), redis: { reply: PONG, ending: 'open' } },
  { ...closed(`*-99999999999\r\n${PING}`, COUNT), redis: { reply: PONG, ending: 'open' } },
  {
    ...closed(`*${'1'.repeat(32)}`, '-ERR Protocol error: too big mbulk count string\r\n'),
    redis: { reply: '', ending: 'waits' },
  },
  { ...closed('*\x001\r\n', COUNT), redis: { reply: '', ending: 'waits' } },
  {
    ...closed('\x16\x03\x01\r\n', ''),
    redis: { reply: "-ERR unknown command '\x16\x03\x01', with args beginning with: \r\n", ending: 'open' },
  },
];

/** Sent to a server without a password. */
export const ROWS: readonly ExchangeRow[] = [
  ...empty,
  ...counts,
  ...bulkLengths,
  ...strangers,
  ...endless,
  ...lines,
  ...http,
  ...commands,
  ...stricter,
];

export const PASSWORD = 'secret';
const NOAUTH = '-NOAUTH Authentication required.\r\n';
const WRONGPASS = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';
const LONG_PASSWORD = 16_384;

/** Sent to a server with PASSWORD by somebody who has not given it. */
export const STRANGER_ROWS: readonly ExchangeRow[] = [
  open(PING, NOAUTH),
  open(bulks('GET', 'k'), NOAUTH),
  open(bulks('GET'), "-ERR wrong number of arguments for 'get' command\r\n"),
  open(bulks('FOO'), "-ERR unknown command 'FOO', with args beginning with: \r\n"),
  open(bulks('RESET') + PING, `+RESET\r\n${NOAUTH}`),
  open(
    bulks('HELLO', '3'),
    '-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n',
  ),
  open(bulks('AUTH', 'wrong') + PING, WRONGPASS + NOAUTH),
  open(bulks('AUTH', 'someone', PASSWORD), WRONGPASS),
  open(bulks('HELLO', '3', 'AUTH', 'default', 'wrong') + PING, WRONGPASS + NOAUTH),
  open(bulks('AUTH', PASSWORD) + PING, `+OK\r\n${PONG}`),
  open(bulks('AUTH', 'default', PASSWORD) + PING + bulks('RESET') + PING, `+OK\r\n${PONG}+RESET\r\n${NOAUTH}`),
  open(bulks('AUTH', 'x'.repeat(LONG_PASSWORD)), WRONGPASS, `AUTH with ${LONG_PASSWORD} bytes`),
  open(
    '\r\n*0\r\n\n*-1\r\n'.repeat(100) + bulks('AUTH', PASSWORD) + '\r\n*0\r\n\n*-1\r\n'.repeat(100) + PING,
    `+OK\r\n${PONG}`,
    'empty requests around AUTH',
  ),
  open(bulks('MGET', ...'abcdefghi'), NOAUTH),
  closed('*11\r\n', '-ERR Protocol error: unauthenticated multibulk length\r\n'),
  closed('*2\r\n$4\r\nAUTH\r\n$16385\r\n', '-ERR Protocol error: unauthenticated bulk length\r\n'),
  closed('POST / HTTP/1.1\r\n', ''),
];
