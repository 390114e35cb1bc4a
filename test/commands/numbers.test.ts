import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { parseInteger, writeInteger } from '../../src/commands/framework/numbers';
import {
  addLongDoubles,
  formatLongDouble,
  isFiniteDouble,
  parseLongDouble,
} from '../../src/commands/string/long-double';
import { plainHouse } from './house';
import { show } from './reply';
import { HAS_REDIS, type RunningRedis, startRedis } from './targets';
import type { Connection } from './transcript';

/** F14, and some more. */
const ODD_NUMBERS = [
  ...['', ' 5 ', '0x10', '1e3', 'Infinity', '+1', '01', '-0', '-', '1.5', '5\0', '5\n', 'abc', '-1', '0', '1'],
  ...['9007199254740992', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
  ...['2147483648', '-2147483649', '18446744073709551616', '1'.repeat(21), '9'.repeat(400)],
];

/** Every place where a command takes a number, marked #. */
const NUMERIC_PLACES = [
  ...['SELECT #', 'SET k v EX #', 'SET k v PX #', 'SET k v EXAT #', 'SET k v PXAT #', 'SETEX k # v', 'PSETEX k # v'],
  ...['GETEX k EX #', 'GETEX k PX #', 'GETEX k EXAT #', 'GETEX k PXAT #', 'GETRANGE k # 3', 'GETRANGE k 0 #'],
  ...[
    'SUBSTR k # 3',
    'INCRBY n #',
    'DECRBY n #',
    'INCRBYFLOAT n #',
    'LCS k n MINMATCHLEN #',
    'LCS k n IDX MINMATCHLEN #',
  ],
  ...['EXPIRE k #', 'PEXPIRE k #', 'EXPIREAT k #', 'PEXPIREAT k #', 'SCAN # COUNT 100', 'SCAN 0 COUNT #', 'MOVE k #'],
  ...['COPY k c DB #', 'SWAPDB # 1', 'SWAPDB 1 #', 'WAIT # 1', 'WAIT 0 #', 'HELLO #', 'MEMORY USAGE gone SAMPLES #'],
  // Offsets that allocate hundreds of megabytes are left out.
  ...['SETRANGE k # ""'],
];

(HAS_REDIS ? describe : describe.skip)('numbers as redis-server takes them', () => {
  let redis: RunningRedis;
  let theirs: Connection;
  beforeAll(async () => {
    redis = await startRedis();
    theirs = await redis.target.connect();
  });
  afterAll(async () => {
    await theirs.close();
    await redis.stop();
  });

  test.each(NUMERIC_PLACES)('%s', async (place) => {
    for (const number of ODD_NUMBERS) {
      // A replica count that cannot be reached would make Redis wait for its timeout.
      if (place === 'WAIT # 1' && /^[1-9]/.test(number)) continue;
      const ours = plainHouse().visit();
      const words = place.split(' ').map((word) => (word === '#' ? number : word === '""' ? '' : word));
      const setUp = [['RESET'], ['FLUSHALL'], ['SET', 'k', 'value'], ['SET', 'n', '10']];
      for (const request of setUp) await Promise.all([ours.ask(request), theirs.ask(request)]);
      const [our, their] = [await ours.ask(words), await theirs.ask(words)];
      // Versions, ids, cursors and the order of keys are each server's own.
      const plain = (text: string) =>
        text.replace(/"version", "[^"]*"|"id", :\d+/g, '-').replace(/^\["\d+", .*/, 'page');
      expect({ number, reply: plain(show(our!)) }).toEqual({ number, reply: plain(show(their!)) });
    }
  });

  const decimals = fc
    .tuple(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }), fc.integer({ min: -24, max: 4 }))
    .map(([digits, power]) => `${digits}e${power}`);
  const plainDecimals = fc
    .tuple(fc.integer({ min: -99999, max: 99999 }), fc.nat({ max: 999 }))
    .map(([whole, fraction]) => `${whole}.${fraction}`);

  test('INCRBYFLOAT digit for digit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(plainDecimals, decimals), fc.oneof(plainDecimals, decimals), async (a, b) => {
        await theirs.ask(['SET', 'k', a]);
        const their = await theirs.ask(['INCRBYFLOAT', 'k', b]);
        expect(formatLongDouble(addLongDoubles(parseLongDouble(a)!, parseLongDouble(b)!))).toBe(their!.text);
      }),
      { numRuns: 1500 },
    );
  });
});

test('ordinary decimals add without noise', () => {
  const sum = (a: string, b: string) => formatLongDouble(addLongDoubles(parseLongDouble(a)!, parseLongDouble(b)!));
  expect(sum('10.5', '0.1')).toBe('10.6');
  expect(sum('0.1', '0.2')).toBe('0.3');
  expect(sum('5.0e3', '0')).toBe('5000');
  expect(sum('3.0', '0')).toBe('3');
  expect(sum('-1.5', '1.5')).toBe('0');
  expect(isFiniteDouble(addLongDoubles(parseLongDouble('1.1e4932')!, parseLongDouble('1.1e4932')!))).toBe(false);
});

test('integers are read strictly and written back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (n) => {
      const inRange = n >= -(2n ** 63n) && n < 2n ** 63n;
      const parsed = parseInteger(bytesOf(String(n)));
      expect(parsed === undefined ? undefined : BigInt(parsed)).toBe(inRange ? n : undefined);
    }),
  );
  const buf = Buffer.alloc(24);
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      expect(buf.toString('latin1', 0, writeInteger(n, buf, 0))).toBe(String(n));
    }),
  );
});
