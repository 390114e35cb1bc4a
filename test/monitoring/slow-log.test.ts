import { bytesOf } from '../../src/base/bytes';
import { SlowLog } from '../../src/monitoring/slow-log';

const took = (tookUs: number) => ({ at: 1_700_000_000, tookUs, address: '127.0.0.1:5', name: 'me' });

function add(log: SlowLog, command: string, ...words: string[]): readonly string[] {
  log.add(command, took(1), words.map(bytesOf), words.length);
  return log.newest(1)[0]!.args;
}

test('newest first, ids go on over resets', () => {
  const log = new SlowLog(() => 10);
  for (const us of [1, 2, 3]) log.add('get', took(us), [bytesOf('GET')], 1);
  expect(log.newest().map(({ id, tookUs }) => [id, tookUs])).toEqual([
    [2, 3],
    [1, 2],
    [0, 1],
  ]);
  expect(log.newest(2)).toHaveLength(2);
  log.reset();
  expect(log.length).toBe(0);
  log.add('get', took(4), [bytesOf('GET')], 1);
  expect(log.newest()[0]).toEqual({ id: 3, ...took(4), args: ['GET'] });
});

test('its length is that of the setting, also when that becomes less', () => {
  let max = 3;
  const log = new SlowLog(() => max);
  for (let us = 0; us < 9; us++) log.add('get', took(us), [], 0);
  expect(log.newest().map(({ tookUs }) => tookUs)).toEqual([8, 7, 6]);
  max = 1;
  expect(log.length).toBe(1);
  max = 0;
  log.add('get', took(1), [], 0);
  expect(log.newest()).toEqual([]);
});

test('arguments beyond 32 and bytes beyond 128 are only counted', () => {
  const log = new SlowLog(() => 10);
  const words = Array.from({ length: 40 }, (_, i) => `w${i}`);
  const cut = add(log, 'mget', ...words);
  expect(cut).toHaveLength(32);
  expect(cut.at(-1)).toBe('... (9 more arguments)');
  expect(add(log, 'mget', ...words.slice(0, 32)).at(-1)).toBe('w31');
  expect(add(log, 'set', 'SET', 'x'.repeat(128))[1]).toBe('x'.repeat(128));
  expect(add(log, 'set', 'SET', 'x'.repeat(130))[1]).toBe(`${'x'.repeat(128)}... (2 more bytes)`);
  expect(add(log, 'set', 'SET', '\x00\xff')[1]).toBe('\x00\xff');
});

test('passwords are not kept', () => {
  const log = new SlowLog(() => 10);
  const hidden = '(redacted)';
  expect(add(log, 'auth', 'AUTH', 'user', 'secret')).toEqual(['AUTH', hidden, hidden]);
  expect(add(log, 'hello', 'HELLO', '3', 'auth', 'user', 'secret', 'SETNAME', 'me')).toEqual([
    ...['HELLO', '3', 'auth', hidden, hidden, 'SETNAME', 'me'],
  ]);
  expect(add(log, 'config|set', 'CONFIG', 'SET', 'timeout', '5', 'RequirePass', 'secret')).toEqual([
    ...['CONFIG', 'SET', 'timeout', '5', 'RequirePass', hidden],
  ]);
  expect(add(log, 'get', 'GET', 'auth')).toEqual(['GET', 'auth']);
});
