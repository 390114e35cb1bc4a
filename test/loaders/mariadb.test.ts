import { type Connection, createConnection } from 'mysql2/promise';
import { toldBy } from './by-behaviour';
import { type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { ManualScheduler } from './origin';
import { serverCases } from './server-cases';
import { type DatabaseServer, startMariadb, until } from './servers';
import { SQL_SKIPS, sqlCases } from './sql-cases';

let server: DatabaseServer;
let admin: Connection;

beforeAll(async () => {
  server = await startMariadb();
  admin = await createConnection(server.url);
  await admin.query(`
    create function act(told longtext) returns longblob deterministic begin
      case json_value(told, '$.kind')
        when 'value' then return unhex(json_value(told, '$.value'));
        when 'error' then signal sqlstate '45000' set message_text = 'oops\\r\\n-ERR injected';
        when 'hang' then do sleep(3600);
        when 'vanish' then kill connection_id();
        when 'endless' then return repeat('x', 20000000);
        else return repeat('x', 20000);
      end case;
      return null;
    end`);
});
afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

/** What others do than the one who asks. */
async function others(): Promise<{ id: number; state: string }[]> {
  const [rows] = await admin.query(
    `select id, coalesce(state, '') as state from information_schema.processlist where user = 'root' and id <> connection_id()`,
  );
  return rows as { id: number; state: string }[];
}

loaderContract(
  'the MariaDB loader',
  async (scheduler) => {
    let behaviour: Behaviour = { kind: 'absent' };
    let calls = 0;
    // Of a stall, the first row is sent, and the second never comes.
    const query = `select case when seq = 1 then act($1) when sleep(3600) = 5 then null end
    from mysql.seq_1_to_2 where seq <= if(json_value($1, '$.kind') = 'stall', 2, 1) and json_value($1, '$.kind') <> 'absent'`;
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
      nextRequest: () => until(async () => (await others()).some(({ state }) => state === 'User sleep')),
      quiet: () => until(async () => (await others()).length === 0),
      close: () => loaders.close(),
    };
  },
  SQL_SKIPS,
);

sqlCases('MariaDB', () => ({
  url: server.url,
  endlessQuery: 'select sleep(3600) from dual where $1 is not null',
  hugeQuery: "select repeat('x', 1000), $1 as id from mysql.seq_1_to_1000000000",
  wrong: { reason: 'query is wrong (1054)' },
  exec: async (sql) => void (await admin.query(sql)),
  isIdle: async () => (await others()).every(({ state }) => state === ''),
}));

serverCases('MariaDB', () => ({
  url: server.url,
  nowhere: { url: server.url.replace('root@', 'root:hunter2@'), reason: 'login refused (1045)' },
  exec: async (sql) => void (await admin.query(sql)),
  endAll: async () => {
    for (const { id } of await others()) await admin.query(`kill ${id}`);
  },
  connections: async () => (await others()).length,
}));

test.each([
  ['cast(9223372036854775807 as signed)', '9223372036854775807', '9223372036854775807'],
  ['cast(18446744073709551615 as unsigned)', '18446744073709551615', '18446744073709551615'],
  ['cast(1.10 as decimal(10, 2))', '1.10', '1.10'],
  ['cast(0.1 as float)', '0.1', '0.1'],
  ['true', '1', '1'],
  ["cast('2020-02-29 12:00:00.5' as datetime(1))", '2020-02-29 12:00:00.5', '"2020-02-29 12:00:00.5"'],
  ["cast('-01:02:03' as time)", '-01:02:03', '"-01:02:03"'],
  ["json_object('b', 1)", '{"b": 1}', '{"b": 1}'],
  ["unhex('00ff')", '\0\xff', '"AP8="'],
])('MariaDB: %s is %s, and in an object %s', async (expression, text, json) => {
  const options = { scheduler: new ManualScheduler(), sizeBytesMax: () => 1000 };
  const select = (columns: string) =>
    oneLoad({ sql: server.url }, { query: `select ${columns} from dual where $1 <> ''`, params: ['{id}'] });
  const item = { key: 'user:7', params: new Map([['id', '7']]), deadlineMs: 1000 };
  for (const [columns, expected] of [
    [expression, text],
    [`${expression} as v, null as n`, `{"v":${json},"n":null}`],
  ] as const) {
    const loaders = loadersOf(select(columns), options);
    const result = await loaders.forTemplate(0)!.load(item);
    await loaders.close();
    expect(result).toEqual({ kind: 'value', value: Buffer.from(expected, 'latin1') });
  }
});
