import { Client } from 'pg';
import { toldBy } from './by-behaviour';
import { type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { type DatabaseServer, startPostgres, until } from './servers';

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

loaderContract('the PostgreSQL loader', async (scheduler) => {
  let behaviour: Behaviour = { kind: 'absent' };
  // Of a stall, the first row is sent, and the second never comes.
  const query = `select case when row = 1 then act($1::json) when pg_sleep(3600) is null then null end
    from (select generate_series(1, case when $1::json->>'kind' = 'stall' then 2 else 1 end) as row) rows
    where $1::json->>'kind' <> 'absent'`;
  const loaders = loadersOf(oneLoad({ sql: server.url }, { query, params: ['{id}'] }), {
    scheduler,
    sizeBytesMax: () => SIZE_BYTES_MAX,
  });
  return {
    loader: toldBy(loaders.forTemplate(0)!, () => behaviour),
    behave: (next) => {
      behaviour = next;
    },
    nextRequest: () => until(async () => (await waits()).includes('PgSleep')),
    quiet: () => until(nobody),
    close: () => loaders.close(),
  };
});
