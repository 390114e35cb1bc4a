import fc from 'fast-check';
import { type ListRow, RowError, RowReader } from '../../src/loaders/list-rows';

function rowsOf(text: string): ListRow[] {
  const reader = new RowReader(Buffer.from(text, 'utf8'));
  const rows: ListRow[] = [];
  for (let row = reader.next(); row !== null; row = reader.next()) rows.push(row);
  return rows;
}

test.each<[string, string, ListRow[]]>([
  ['texts and numbers', ' ["a", 7, "x,]y" ]\n', ['a', '7', 'x,]y']],
  ['nothing', '[]', []],
  ['an empty body', ' \n', []],
  [
    'fields in order',
    '[["a", 1], ["b", 2]]',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['fields by name, nested ones left out', '[{"id": 7, "more": {"x": [1]}, "gone": null}]', [new Map([['id', '7']])]],
  ['plain lines', 'a\r\nb c\n\n7', ['a', 'b c', '7']],
  ['lines of JSON', '{"id": 1}\n"two"\n[3]', [new Map([['id', '1']]), 'two', ['3']]],
  ['text of several bytes', '["ü"]\n', ['\xc3\xbc']],
  ['lines of several bytes', 'ü', ['\xc3\xbc']],
])('%s', (_, text, rows) => {
  expect(rowsOf(text)).toEqual(rows);
});

test.each([
  ['no end', '["a"', 'the list has no end'],
  ['an open text', '["a', 'the list has no end'],
  ['more behind', '["a"] x', 'there is more behind the list'],
  ['no row', '["a",]', 'a row is missing'],
  ['not JSON', '[a]', 'a row is not JSON'],
  ['nothing as a row', '[null]', 'a row is neither text nor numbers'],
  ['too deep', '[[["a"]]]', 'a row is neither text nor numbers'],
])('%s', (_, text, what) => {
  expect(() => rowsOf(text)).toThrow(new RowError(what));
});

test('any array of JSON gives what JSON.parse would', () => {
  const scalar = fc.oneof(fc.string(), fc.integer());
  const latin1 = (value: unknown) => Buffer.from(String(value), 'utf8').toString('latin1');
  fc.assert(
    fc.property(fc.array(fc.oneof(scalar, fc.array(scalar))), fc.integer({ min: 0, max: 2 }), (rows, indent) => {
      const expected = rows.map((row) => (Array.isArray(row) ? row.map(latin1) : latin1(row)));
      expect(rowsOf(JSON.stringify(rows, null, indent))).toEqual(expected);
    }),
  );
});
