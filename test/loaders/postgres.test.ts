import { Client } from 'pg';
import type { Loader, Loaders } from '../../src/loaders';
import { toldBy } from './by-behaviour';
import { aFailure, type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { ManualScheduler } from './origin';
import { serverCases } from './server-cases';
import { type DatabaseServer, startPostgres, until } from './servers';
import { SQL_SKIPS, sqlCases } from './sql-cases';

let server: DatabaseServer;
let admin: Client;

beforeAll(async () => {
  server = await startPostgres();
  admin = new Client({ connectionString: `${server.url}?application_name=admin` });
  await admin.connect();
  await admin.query(`
    create function act(told json) returns bytea language plpgsql as $$ begin
      case told->>'kind'
        when 'value' then return decode(told->>'value', 'hex');
        when 'error' then raise exception e'oops\\r\\n-ERR injected';
        when 'hang' then perform pg_sleep(3600);
        when 'vanish' then perform pg_terminate_backend(pg_backend_pid());
        when 'endless' then return decode(repeat('00', 20000000), 'hex');
        when 'stall' then return decode(repeat('00', 20000), 'hex');
      end case;
      return null;
    end $$`);
});
afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

/** Queries of ours that run, and what they wait for. */
async function waits(): Promise<string[]> {
  const { rows } = await admin.query(
    `select coalesce(wait_event, '') as wait from pg_stat_activity where application_name = 'larder' and state = 'active'`,
  );
  return rows.map(({ wait }) => wait);
}

async function nobody(): Promise<boolean> {
  const { rows } = await admin.query(`select 1 from pg_stat_activity where application_name = 'larder'`);
  return rows.length === 0;
}

loaderContract(
  'the PostgreSQL loader',
  async (scheduler) => {
    let behaviour: Behaviour = { kind: 'absent' };
    let calls = 0;
    // Of a stall, the first row is sent, and the second never comes.
    const query = `select case when row = 1 then act($1::json) when pg_sleep(3600) is null then null end
    from (select generate_series(1, case when $1::json->>'kind' = 'stall' then 2 else 1 end) as row) rows
    where $1::json->>'kind' <> 'absent'`;
    const loaders = loadersOf(oneLoad({ sql: server.url }, { query, params: ['{id}'] }), {
      scheduler,
      sizeBytesMax: () => SIZE_BYTES_MAX,
    });
    return {
      loader: toldBy(loaders.forTemplate(0)!, () => {
        calls++;
        return behaviour;
      }),
      calls: () => calls,
      behave: (next) => {
        behaviour = next;
      },
      nextRequest: () => until(async () => (await waits()).includes('PgSleep')),
      quiet: () => until(nobody),
      close: () => loaders.close(),
    };
  },
  SQL_SKIPS,
);

sqlCases('PostgreSQL', () => ({
  url: server.url,
  endlessQuery: 'select pg_sleep(3600)::text where $1::text is not null',
  hugeQuery: "select repeat('x', 1000), $1::text as id from generate_series(1, 1000000)",
  wrong: { reason: 'query is wrong (42703)' },
  exec: async (sql) => void (await admin.query(sql)),
  isIdle: async () => (await waits()).length === 0,
}));

serverCases('PostgreSQL', () => ({
  url: server.url,
  nowhere: {
    url: server.url.replace('no-secret', 'hunter2').replace(/postgres$/, 'nope'),
    reason: 'no such database (3D000)',
  },
  exec: async (sql) => void (await admin.query(sql)),
  endAll: async () =>
    void (await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'larder'`,
    )),
  connections: async () =>
    (await admin.query(`select 1 from pg_stat_activity where application_name = 'larder'`)).rows.length,
}));

describe('PostgreSQL: what is its own', () => {
  const opened: Loaders[] = [];
  const loaderOf = (load: object): Loader => {
    const loaders = loadersOf(oneLoad({ sql: server.url }, load), {
      scheduler: new ManualScheduler(),
      sizeBytesMax: () => 1000,
    });
    opened.push(loaders);
    return loaders.forTemplate(0)!;
  };
  const item = (id: string) => ({ key: `user:${id}`, params: new Map([['id', id]]) });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await until(nobody);
  });

  test.each([
    ['9223372036854775807::int8', '9223372036854775807'],
    ['1.10::numeric', '1.10'],
    ['0.1::float4', '0.1'],
    ['true', 't'],
    [`'{"b": 1, "a": [ ]}'::json`, '{"b": 1, "a": [ ]}'],
    [`'{"b": 1, "a": [ ]}'::jsonb`, '{"a": [], "b": 1}'],
    [`'2020-02-29 12:00:00+00'::timestamptz at time zone 'UTC'`, '2020-02-29 12:00:00'],
    [`array['a','b,c']`, '["a","b,c"]'],
    [`'\\x00ff'::bytea`, '\0\xff'],
  ])('%s is %s', async (expression, text) => {
    const loader = loaderOf({ query: `select ${expression} where $1::text is not null`, params: ['{id}'] });
    const result = await loader.load({ ...item('7'), deadlineMs: 1000 });
    expect(result).toEqual({ kind: 'value', value: Buffer.from(text, 'latin1') });
  });

  test('in an object numbers, truths, JSON and arrays are what they are', async () => {
    const query = `select 9223372036854775807::int8 as big, 'NaN'::float8 as nan, false as no, '{"x":1}'::jsonb as doc,
      array['a'] as list, now() is null as never, '\\x6869'::bytea as bytes where $1::text is not null`;
    const result = await loaderOf({ query, params: ['{id}'] }).load({ ...item('7'), deadlineMs: 1000 });
    const json =
      '{"big":9223372036854775807,"nan":"NaN","no":false,"doc":{"x": 1},"list":["a"],"never":false,"bytes":"aGk="}';
    expect(result).toEqual({ kind: 'value', value: Buffer.from(json) });
  });

  test('a key that does not fit spoils only itself', async () => {
    const loader = loaderOf({ query: 'select id, name from users where id = any($1::int[])', params: ['{id,}'] });
    const ids = ['7', 'x', '9', '99999999999999', '10', "1'"];
    const bad = (code: string) => aFailure({ reason: `key does not fit the query (${code})`, retryable: false });
    expect(await loader.loadMany!({ items: ids.map(item), deadlineMs: 1000 })).toEqual([
      { kind: 'value', value: Buffer.from('Grüße') },
      bad('22P02'),
      { kind: 'value', value: Buffer.from("it's") },
      bad('22003'),
      { kind: 'absent' },
      bad('22P02'),
    ]);
  });
});
