import { converse, cut, latin1 } from './harness';

const rows: [string, string[]][] = [
  ['PING', ['PING']],
  ['  SET   key\tvalue  ', ['SET', 'key', 'value']],
  ['SET "a b" \'c d\'', ['SET', 'a b', 'c d']],
  ['ECHO ""', ['ECHO', '']],
  ["ECHO ''", ['ECHO', '']],
  ['ECHO "\\n\\r\\t\\b\\a"', ['ECHO', '\n\r\t\b\x07']],
  ['ECHO "\\x00\\xff\\xAb\\x0a"', ['ECHO', '\x00\xff\xab\n']],
  ['ECHO "\\xzz\\x1"', ['ECHO', 'xzzx1']],
  ['ECHO "\\"\\\\\\q"', ['ECHO', '"\\q']],
  ["ECHO 'it\\'s \\n \\x41'", ['ECHO', "it's \\n \\x41"]],
  ['ECHO \'"\' "\'"', ['ECHO', '"', "'"]],
  ['ECHO a"b c"', ['ECHO', 'ab c']],
  ['ECHO a\\nb', ['ECHO', 'a\\nb']],
  ['ECHO a\x0bb', ['ECHO', 'a\x0bb']],
  ['ECHO a\rb', ['ECHO', 'a', 'b']],
  ['ECHO \xe9\xff', ['ECHO', '\xe9\xff']],
  ['$3', ['$3']],
];

test.each(rows)('%j', (line, words) => {
  for (const end of ['\r\n', '\n']) {
    const bytes = latin1(`${line}${end}*1\r\n$4\r\nPING\r\n`);
    for (const size of [1, 3, bytes.length]) {
      expect(converse(cut(bytes, size))).toEqual({ requests: [words, ['PING']], error: undefined });
    }
  }
});

test('a carriage return before the line end is dropped once', () => {
  expect(converse([latin1('ECHO "a\r"\r\n')]).requests).toEqual([['ECHO', 'a\r']]);
  expect(converse([latin1('ECHO a\r\r\n')]).requests).toEqual([['ECHO', 'a']]);
});
