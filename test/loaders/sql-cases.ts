import type { Loaders, LoadResult } from '../../src/loaders';
import { aFailure, type Skips } from './contract';
import { loadersOf } from './from-config';
import { ManualScheduler } from './origin';
import { until } from './servers';

export const SQL_SKIPS: Skips = {
  validators: 'a query has none',
  batch: 'batches of queries are in sql-cases.ts',
  cut: 'a query that was cut is a connection that was lost',
  garbage: 'in server-cases.ts',
};

/** What differs between databases. */
export interface SqlSubject {
  url: string;
  /** A query that never ends. */
  endlessQuery: string;
  /** More rows than anybody can hold, of 1,000 bytes each. */
  hugeQuery: string;
  /** As the value of a row {id, name, at}, of which `at` is a date. */
  wrong: { reason: string };
  exec(sql: string): Promise<void>;
  /** No query of ours runs. */
  isIdle(): Promise<boolean>;
}

/** What a query of the configuration means, the same in every database. */
export function sqlCases(name: string, open: () => SqlSubject): void {
  describe(`${name}: queries`, () => {
    let subject: SqlSubject;
    let scheduler: ManualScheduler;
    const opened: Loaders[] = [];

    beforeAll(async () => {
      subject = open();
      await subject.exec(
        'create table users (id integer primary key, name varchar(100), born date, score double precision)',
      );
      await subject.exec(
        "insert into users values (7, 'Grüße', '2020-02-29', 1.5), (8, null, null, null), (9, 'it''s', '1999-12-31', 2)",
      );
      await subject.exec('create table pets (owner varchar(20), name varchar(100))');
      await subject.exec("insert into pets values ('7', 'Rex'), ('7', 'Tom'), ('9', 'Kim')");
    });
    beforeEach(() => {
      scheduler = new ManualScheduler();
    });
    afterEach(async () => {
      expect(scheduler.delaysMs).toEqual([]);
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await until(() => subject.isIdle());
    });

    function loaderOf(load: object, { source = {}, match = 'user:{id}', sizeBytesMax = 1000 } = {}) {
      const yaml = {
        sources: { db: { sql: subject.url, ...source } },
        keys: [{ match, load: { from: 'db', ...load } }],
      };
      const loaders = loadersOf(JSON.stringify(yaml), { scheduler, sizeBytesMax: () => sizeBytesMax });
      opened.push(loaders);
      return loaders.forTemplate(0)!;
    }
    const item = (id: string) => ({ key: `user:${id}`, params: new Map([['id', id]]) });
    const load = (query: string, id: string, more: object = {}) =>
      loaderOf({ query, params: ['{id}'], ...more }).load({ ...item(id), deadlineMs: 1000 });
    const value = (text: string) => ({ kind: 'value', value: Buffer.from(text) });

    test('one column is the value as the database writes it', async () => {
      expect(await load('select name from users where id = $1', '7')).toEqual(value('Grüße'));
      expect(await load('select id from users where id = $1', '7')).toEqual(value('7'));
      expect(await load('select born from users where id = $1', '7')).toEqual(value('2020-02-29'));
      expect(await load('select score from users where id = $1', '7')).toEqual(value('1.5'));
    });

    test('NULL and no row are absent', async () => {
      expect(await load('select name from users where id = $1', '8')).toEqual({ kind: 'absent' });
      expect(await load('select name from users where id = $1', '10')).toEqual({ kind: 'absent' });
    });

    test('several columns are an object, many rows an array', async () => {
      const row = '{"id":7,"name":"Grüße","born":"2020-02-29","score":1.5}';
      expect(await load('select id, name, born, score from users where id = $1', '7')).toEqual(value(row));
      const query = 'select name from pets where owner = $1 order by name';
      expect(await load(query, '7')).toEqual(aFailure({ reason: 'query gives more than one row', retryable: false }));
      expect(await load(query, '7', { rows: 'many' })).toEqual(value('["Rex","Tom"]'));
      expect(await load(query, '8', { rows: 'many' })).toEqual(value('[]'));
    });

    test('what a row says beside its value', async () => {
      const query = `select name, 90 as larder_ttl, 'a,b' as larder_tags, '["org:1"]' as larder_depends_on,
        1.5 as larder_cost from users where id = $1`;
      const result = await load(query, '7');
      const said = { ttlMs: 90_000, tags: ['a', 'b'], sources: ['org:1'], costUs: 1500 };
      expect(result).toEqual({ ...value('Grüße'), ...said });
    });

    test.each([
      "7' or '1'='1",
      "7'; drop table users; --",
      '7"; drop table users; --',
      "7\\'; drop table users; --",
      '7 union select 1',
      '$1',
      '?',
      '$$',
      '/*',
      "x'41'",
      `${"'".repeat(65_536)}`,
    ])('a key is data: %.30s', async (id) => {
      const loader = loaderOf({ query: 'select name from pets where owner = $1', params: ['{id}'] });
      expect(await loader.load({ ...item(id), deadlineMs: 1000 })).toEqual({ kind: 'absent' });
      const batch = loaderOf({ query: 'select owner, name from pets where owner = any($1)', params: ['{id,}'] });
      const results = await batch.loadMany!({ items: [item(id), item('9')], deadlineMs: 1000 });
      expect(results).toEqual([{ kind: 'absent' }, value('Kim')]);
      expect(await load('select count(*) from users where $1 <> name or name is null', id)).toEqual(value('3'));
    });

    test.each(['\xff\xfe', 'a\0b', '\xc3'])('a key that is no text is refused: %j', async (id) => {
      const refused = aFailure({ reason: 'key is not text in UTF-8', retryable: false });
      expect(await load('select name from pets where owner = $1', id)).toEqual(refused);
    });

    describe('many keys in one call', () => {
      const batch = (more: object = {}) =>
        loaderOf({ query: 'select id, name from users where id = any($1)', params: ['{id,}'], batch: 50, ...more });
      const loadMany = (loader: ReturnType<typeof batch>, ids: string[]): Promise<LoadResult[]> =>
        loader.loadMany!({ items: ids.map(item), deadlineMs: 1000 });

      test('each its own: there, NULL, missing, twice', async () => {
        const loader = batch();
        expect(loader.batchKeysMax).toBe(50);
        expect(await loadMany(loader, ['9', '10', '7', '8', '9'])).toEqual([
          value("it's"),
          { kind: 'absent' },
          value('Grüße'),
          { kind: 'absent' },
          value("it's"),
        ]);
        expect(await loader.load({ ...item('7'), deadlineMs: 1000 })).toEqual(value('Grüße'));
      });

      test("'in' says the same", async () => {
        const loader = batch({ query: 'select name, id from users where id in ($1) and id > 0', 'key-column': 'id' });
        expect(await loadMany(loader, ['7', '1', '9'])).toEqual([value('Grüße'), { kind: 'absent' }, value("it's")]);
      });

      test('one that is written otherwise finds its row too', async () => {
        expect(await loadMany(batch(), ['007', '9', '11'])).toEqual([
          value('Grüße'),
          value("it's"),
          { kind: 'absent' },
        ]);
      });

      test('rows of each, and two where one is meant', async () => {
        const query = 'select owner, name from pets where owner = any($1) order by name';
        const many = await loadMany(batch({ query, rows: 'many' }), ['7', '8', '9']);
        expect(many).toEqual([value('["Rex","Tom"]'), value('[]'), value('["Kim"]')]);
        const [two, none, one] = await loadMany(batch({ query }), ['7', '8', '9']);
        expect(two).toEqual(aFailure({ reason: 'query gives more than one row', retryable: false }));
        expect([none, one]).toEqual([{ kind: 'absent' }, value('Kim')]);
      });

      test('keys that share nothing but the query are asked for apart', async () => {
        const loader = loaderOf(
          {
            query: 'select owner, name from pets where owner = any($2) and name like $1',
            params: ['{start}%', '{id,}'],
          },
          { match: 'pet:{start}:{id}' },
        );
        const items = [
          ['R', '7'],
          ['K', '9'],
          ['T', '7'],
          ['R', '9'],
        ].map(([start, id]) => ({
          key: `pet:${start}:${id}`,
          params: new Map([
            ['start', start!],
            ['id', id!],
          ]),
        }));
        const results = await loader.loadMany!({ items, deadlineMs: 1000 });
        expect(results).toEqual([value('Rex'), value('Kim'), value('Tom'), { kind: 'absent' }]);
      });
    });

    test('a query that is wrong says so, and no more', async () => {
      const result = await load('select secret_column from users where id = $1', '7');
      expect(result).toEqual(aFailure({ ...subject.wrong, retryable: false }));
    });

    test('rows without end are cut off as they arrive', async () => {
      const tooLarge = aFailure({ reason: 'response larger than 1000 bytes', retryable: false });
      expect(await load(subject.hugeQuery, '7', { rows: 'many' })).toEqual(tooLarge);
    });

    test('the deadline ends the work on the other side', async () => {
      const loader = loaderOf({ query: subject.endlessQuery, params: ['{id}'] });
      const loading = loader.load({ ...item('7'), deadlineMs: 50 });
      await until(async () => !(await subject.isIdle()));
      scheduler.fire();
      expect(await loading).toEqual(aFailure({ reason: 'deadline of 50 ms passed', retryable: true }));
      await until(() => subject.isIdle());
    });

    test("the load's own timeout holds, and the source's", async () => {
      const loader = loaderOf(
        { query: subject.endlessQuery, params: ['{id}'], timeout: '20ms' },
        { source: { timeout: '30ms' } },
      );
      const stop = new AbortController();
      const loading = loader.load({ ...item('7'), deadlineMs: 50, signal: stop.signal });
      expect(scheduler.delaysMs).toEqual([20]);
      stop.abort();
      expect(await loading).toEqual(aFailure({ reason: 'cancelled', retryable: true }));
    });
  });
}
