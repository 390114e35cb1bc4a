import fc from 'fast-check';
import { type Dialect, Statement } from '../../src/base/patterns/statement';

const bind = (query: string, dialect: Dialect, values: string[], list?: { at: number; values: string[] }) =>
  Statement.parse(query, dialect, values.length, list?.at).bind(values, list?.values);

describe('$1 in every dialect', () => {
  test('as it is in PostgreSQL, in order elsewhere', () => {
    const query = 'select * from t where b = $2 and a = $1 and c = $2;';
    expect(bind(query, 'postgres', ['x', 'y'])).toEqual({
      text: 'select * from t where b = $2 and a = $1 and c = $2',
      values: ['x', 'y'],
    });
    for (const dialect of ['mysql', 'sqlite'] as const) {
      expect(bind(query, dialect, ['x', 'y'])).toEqual({
        text: 'select * from t where b = ? and a = ? and c = ?',
        values: ['y', 'x', 'y'],
      });
    }
  });

  test.each([
    ["'it''s $1'", 'postgres'],
    ["E'it\\'s $1'", 'postgres'],
    ['"a$1"', 'postgres'],
    ['$$ $1 $$', 'postgres'],
    ["$tag$ $1 $$ ' $tag$", 'postgres'],
    ['/* /* $1 */ $1 */', 'postgres'],
    ["'it\\'s $1'", 'mysql'],
    ['"it\\"s $1"', 'mysql'],
    ['`a$1``b`', 'mysql'],
    ['# $1\n', 'mysql'],
    ['-- $1?\n', 'mysql'],
    ['/* $1 ? */', 'mysql'],
    ["'a\\'", 'sqlite'],
    ['[a$1]', 'sqlite'],
    ['`$1`', 'sqlite'],
    ['a$1', 'postgres'],
    ['a$1', 'mysql'],
  ] as const)('%s holds no placeholder (%s)', (quoted, dialect) => {
    const { text, values } = bind(`select ${quoted} , $1`, dialect, ['v']);
    expect([text, values]).toEqual([`select ${quoted} , ${dialect === 'postgres' ? '$1' : '?'}`, ['v']]);
  });
});

describe('a list of keys', () => {
  const list = { at: 0, values: ['7', '8', '9'] };

  test.each(['id = any($1)', 'id in ($1)', 'id =  ANY ( $1 )', 'id IN /* all */ ($1)'])(
    '%s in every dialect',
    (where) => {
      const query = `select id, v from t where ${where} and w = $2`;
      const values = ['', 'w'];
      const asked = (dialect: Dialect) => {
        const { text, values: bound } = bind(query, dialect, values, list);
        return [text.replaceAll(/\s+|\/\*.*\*\//g, ''), bound];
      };
      expect(asked('postgres')).toEqual(['selectid,vfromtwhereid=any($1)andw=$2', [['7', '8', '9'], 'w']]);
      expect(asked('mysql')).toEqual(['selectid,vfromtwhereidin(?,?,?,?)andw=?', ['7', '8', '9', '9', 'w']]);
      expect(asked('sqlite')).toEqual([
        'selectid,vfromtwhereidin(selectvaluefromjson_each(?))andw=?',
        ['["7","8","9"]', 'w'],
      ]);
    },
  );

  test.each(['id = $1', 'id not in ($1)', 'id in (1, $1)', 'f($1)'])('is refused in %s', (where) => {
    expect(() => Statement.parse(`select v from t where ${where}`, 'mysql', 1, 0)).toThrow(
      "$1 is a list: write '= any($1)' or 'in ($1)'",
    );
  });
});

test.each([
  ['select $2', 'postgres', 1, "it has $2, but 'params' has 1"],
  ['select $0', 'postgres', 0, "it has $0, but 'params' has 0"],
  ['select 1', 'postgres', 1, 'it has no $1 for params[0]'],
  ['select 1; drop table t', 'postgres', 0, 'expected one statement'],
  ["select 'a", 'sqlite', 0, "''' has no end"],
  ['select 1 /* ', 'mysql', 0, "'/' has no end"],
  ['select ?', 'mysql', 0, "write $1, $2, ... for values, not '?'"],
  ['select :a', 'sqlite', 0, "write $1, $2, ... for values, not ':'"],
  ['select @a', 'sqlite', 0, "write $1, $2, ... for values, not '@'"],
] as const)('%s (%s) is refused', (query, dialect, count, reason) => {
  expect(() => Statement.parse(query, dialect, count)).toThrow(reason);
});

test('what is bound never changes the text', () => {
  const dialects = fc.constantFrom<Dialect[]>('postgres', 'mysql', 'sqlite');
  fc.assert(
    fc.property(
      dialects,
      fc.string({ unit: 'binary' }),
      fc.array(fc.string(), { minLength: 1 }),
      (dialect, value, list) => {
        const query = 'select v from t where a = $1 and b = any($2)';
        const statement = Statement.parse(query, dialect, 2, 1);
        const { text, values } = statement.bind([value, ''], list);
        expect(text).toBe(
          statement.bind(
            ['', ''],
            list.map(() => ''),
          ).text,
        );
        expect(values[0]).toBe(value);
      },
    ),
  );
});
