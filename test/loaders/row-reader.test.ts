import type { Cell } from '../../src/loaders/sql/cell';
import { numberCell } from '../../src/loaders/sql/cell';
import { type Reading, RowReader } from '../../src/loaders/sql/row-reader';

const READING: Reading = { rows: 'one', keys: null, sizeBytesMax: 100, answerBytesMax: 300 };

function read(columns: string[], rows: Cell[][], more: Partial<Reading> = {}): unknown[] {
  const reader = new RowReader({ ...READING, ...more });
  const ended = reader.columns(columns) ?? rows.map((row) => reader.row(row)).find((each) => each !== undefined);
  return ended === undefined ? reader.outcome().results : [ended];
}

const value = (text: string, more: object = {}) => ({ kind: 'value', value: Buffer.from(text), ...more });
const refused = (reason: string) => ({ kind: 'failure', reason, retryable: false });

test('one column is the value as it is; several are an object', () => {
  expect(read(['v'], [['é']])).toEqual([value('é')]);
  expect(read(['v'], [[Buffer.from([0, 255])]])).toEqual([{ kind: 'value', value: Buffer.from([0, 255]) }]);
  expect(read(['v'], [[numberCell('12345678901234567890')]])).toEqual([value('12345678901234567890')]);
  const row = [numberCell('1'), 'a"b', null, Buffer.from('hi'), { text: '{"x": 1}', json: '{"x": 1}' }];
  expect(read(['id', 'a"', 'n', 'b', 'j'], [row])).toEqual([
    value('{"id":1,"a\\"":"a\\"b","n":null,"b":"aGk=","j":{"x": 1}}'),
  ]);
  expect(read(['v', 'w'], [[numberCell('NaN'), numberCell('-1.5e-7')]])).toEqual([value('{"v":"NaN","w":-1.5e-7}')]);
});

test('no row and NULL are absent; a second row is a failure, where rows are not many', () => {
  expect(read(['v'], [])).toEqual([{ kind: 'absent' }]);
  expect(read(['v'], [[null]])).toEqual([{ kind: 'absent' }]);
  expect(read(['v'], [['a'], ['b']])).toEqual([refused('query gives more than one row')]);
  expect(read(['v'], [['a'], [numberCell('2')]], { rows: 'many' })).toEqual([value('["a",2]')]);
  expect(read(['v', 'w'], [['a', null]], { rows: 'many' })).toEqual([value('[{"v":"a","w":null}]')]);
  expect(read(['v'], [], { rows: 'many' })).toEqual([value('[]')]);
});

test('columns that say more than the value', () => {
  const columns = ['v', 'larder_ttl', 'larder_tags', 'larder_depends_on', 'larder_cost'];
  expect(read(columns, [['a', numberCell('1.5'), 'x, é', '["org:1","a,b"]', '20']])).toEqual([
    value('a', { ttlMs: 1500, tags: ['x', 'Ã©'], sources: ['org:1', 'a,b'], costUs: 20_000 }),
  ]);
  expect(read(columns, [['a', null, null, null, null]])).toEqual([value('a')]);
  expect(read(['v', 'larder_ttl'], [['a', '0']])).toEqual([value('a', { store: false })]);
  expect(read(['v', 'larder_ttl'], [[null, '5']])).toEqual([{ kind: 'absent', ttlMs: 5000 }]);
  expect(read(['v', 'secs', 'labels'], [['a', '5', 'x']], { ttlColumn: 'secs', tagsColumn: 'labels' })).toEqual([
    value('a', { ttlMs: 5000, tags: ['x'] }),
  ]);
  const many: Cell[][] = [
    ['a', '9', 'x', null, '1'],
    ['b', '5', 'x,y', null, '2'],
  ];
  expect(read(columns, many, { rows: 'many' })).toEqual([
    value('["a","b"]', { ttlMs: 5000, tags: ['x', 'y'], costUs: 3000 }),
  ]);
});

test.each([
  ['larder_ttl', '-1', 'the ttl column is not a number of seconds'],
  ['larder_ttl', 'soon', 'the ttl column is not a number of seconds'],
  ['larder_ttl', 'NaN', 'the ttl column is not a number of seconds'],
  ['larder_cost', '1e400', 'the cost column is not a number of milliseconds'],
  ['larder_tags', '[1]', 'the tags column is not a list of texts'],
  ['larder_tags', '[', 'the tags column is not a list of texts'],
  ['larder_depends_on', 'x'.repeat(70_000), 'the depends-on column is longer than 65536'],
])('%s of %.10s is refused', (column, text, reason) => {
  expect(read(['v', column], [['a', text]])).toEqual([refused(reason)]);
});

test.each([
  [['v', 'v'], 'query gives two columns of one name'],
  [['larder_ttl'], 'query gives no column for the value'],
  [[], 'query gives no column for the value'],
])('columns %j are refused', (columns, reason) => {
  expect(read(columns, [])).toEqual([refused(reason)]);
});

describe('several keys', () => {
  const keys = ['7', '8', '9'];

  test('each has its rows, whatever their order', () => {
    const rows: Cell[][] = [
      [numberCell('9'), 'nine'],
      ['7', 'seven'],
    ];
    expect(read(['id', 'v'], rows, { keys })).toEqual([value('seven'), { kind: 'absent' }, value('nine')]);
    expect(read(['v', 'id'], [['nine', '9']], { keys, keyColumn: 'id' })[2]).toEqual(value('nine'));
  });

  test('two rows of one key, or one too long, are a failure of that key alone', () => {
    const rows: Cell[][] = [
      ['7', 'a'],
      ['7', 'b'],
      ['8', 'x'.repeat(101)],
      ['9', 'nine'],
    ];
    expect(read(['id', 'v'], rows, { keys })).toEqual([
      refused('query gives more than one row'),
      refused('response larger than 100 bytes'),
      value('nine'),
    ]);
  });

  test('rows in groups', () => {
    const rows: Cell[][] = [
      ['7', 'a'],
      ['9', 'x'],
      ['7', 'b'],
    ];
    expect(read(['id', 'v'], rows, { keys, rows: 'many' })).toEqual([value('["a","b"]'), value('[]'), value('["x"]')]);
  });

  test('all of them together are bounded', () => {
    const rows = keys.map((key): Cell[] => [key, 'x'.repeat(100)]);
    expect(read(['id', 'v'], rows, { keys, answerBytesMax: 299 })).toEqual([refused('response larger than 299 bytes')]);
  });

  test('a row of a key that is written otherwise leaves those without a row unsure; of one key alone it is its row', () => {
    const reader = new RowReader({ ...READING, keys: ['007', '8'] });
    reader.columns(['id', 'v']);
    reader.row(['7', 'seven']);
    reader.row(['8', 'eight']);
    expect(reader.outcome()).toEqual({ results: [{ kind: 'absent' }, value('eight')], unsure: [0] });
    expect(read(['id', 'v'], [['7', 'seven']], { keys: ['007'] })).toEqual([value('seven')]);
  });
});

test('many rows are bounded by what they are together', () => {
  const rows = Array.from({ length: 100 }, (): Cell[] => ['0123456789']);
  expect(read(['v'], rows, { rows: 'many' })).toEqual([refused('response larger than 100 bytes')]);
  // ["0123456789","0123456789"] is 27 bytes.
  expect(read(['v'], rows.slice(0, 2), { rows: 'many', sizeBytesMax: 27 })).toEqual([
    value('["0123456789","0123456789"]'),
  ]);
  expect(read(['v'], rows.slice(0, 2), { rows: 'many', sizeBytesMax: 26 })).toHaveLength(1);
  expect(read(['v'], rows.slice(0, 2), { rows: 'many', sizeBytesMax: 26 })).toEqual([
    refused('response larger than 26 bytes'),
  ]);
});
