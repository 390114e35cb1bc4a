import { createConnection, type Connection } from 'mysql2/promise';
import { toldBy } from './by-behaviour';
import { type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { type DatabaseServer, startMariadb, until } from './servers';

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
async function others(): Promise<{ state: string }[]> {
  const [rows] = await admin.query(
    `select coalesce(state, '') as state from information_schema.processlist where user = 'root' and id <> connection_id()`,
  );
  return rows as { state: string }[];
}

loaderContract('the MariaDB loader', async (scheduler) => {
  let behaviour: Behaviour = { kind: 'absent' };
  // Of a stall, the first row is sent, and the second never comes.
  const query = `select case when seq = 1 then act($1) when sleep(3600) = 5 then null end
    from mysql.seq_1_to_2 where seq <= if(json_value($1, '$.kind') = 'stall', 2, 1) and json_value($1, '$.kind') <> 'absent'`;
  const loaders = loadersOf(oneLoad({ sql: server.url }, { query, params: ['{id}'] }), {
    scheduler,
    sizeBytesMax: () => SIZE_BYTES_MAX,
  });
  return {
    loader: toldBy(loaders.forTemplate(0)!, () => behaviour),
    behave: (next) => {
      behaviour = next;
    },
    nextRequest: () => until(async () => (await others()).some(({ state }) => state === 'User sleep')),
    quiet: () => until(async () => (await others()).length === 0),
    close: () => loaders.close(),
  };
});
