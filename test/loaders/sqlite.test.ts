import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { toldBy } from './by-behaviour';
import { type Behaviour, loaderContract, SIZE_BYTES_MAX } from './contract';
import { loadersOf, oneLoad } from './from-config';
import { until } from './servers';
import { SQL_SKIPS, sqlCases } from './sql-cases';

const folder = mkdtempSync(join(tmpdir(), 'larder-sqlite-'));
const file = join(folder, 'app.db');
const admin = new Database(file, { timeout: 0 });
admin.exec('create table two (n integer); insert into two values (1), (2)');

afterAll(() => {
  admin.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Processes of this one that read SQLite. */
function readers(): number[] {
  const pids = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('sqlite-main'));
}

/** A reader holds a lock as long as its query runs, and keeps writers out. */
function isRead(): boolean {
  try {
    admin.exec('begin exclusive');
    admin.exec('rollback');
    return false;
  } catch {
    return true;
  }
}

const LOOP = '(with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c)';
const KIND = "json_extract($1, '$.kind')";
const QUERY = `select case
    when ${KIND} = 'value' then unhex(json_extract($1, '$.value'))
    when ${KIND} = 'endless' then zeroblob(20000000)
    when ${KIND} in ('hang', 'vanish') or n = 2 then ${LOOP}
    else 'a beginning' end
  from two where ${KIND} <> 'absent' and n <= case ${KIND} when 'stall' then 2 else 1 end`;

loaderContract(
  'the SQLite loader',
  async (scheduler) => {
    let behaviour: Behaviour = { kind: 'absent' };
    let calls = 0;
    const loaders = loadersOf(oneLoad({ sql: `sqlite:${file}` }, { query: QUERY, params: ['{id}'] }), {
      scheduler,
      sizeBytesMax: () => SIZE_BYTES_MAX,
    });
    const told = toldBy(loaders.forTemplate(0)!, () => {
      calls++;
      return behaviour;
    });
    return {
      loader: {
        source: told.source,
        async load(request) {
          const isLocked = behaviour.kind === 'error';
          if (isLocked) admin.exec('begin exclusive');
          const result = told.load(request);
          if (behaviour.kind === 'vanish') {
            await until(isRead);
            for (const pid of readers()) process.kill(pid, 'SIGKILL');
          }
          await result;
          if (isLocked) admin.exec('rollback');
          return result;
        },
      },
      calls: () => calls,
      behave: (next) => {
        behaviour = next;
      },
      nextRequest: () => until(isRead),
      quiet: () => until(() => readers().length === 0),
      close: () => loaders.close(),
    };
  },
  SQL_SKIPS,
);

sqlCases('SQLite', () => ({
  url: `sqlite:${file}`,
  endlessQuery: `select ${LOOP} from two where $1 is not null`,
  hugeQuery:
    'with recursive c(x) as (select 1 union all select x + 1 from c) select hex(zeroblob(500)), $1 as id from c',
  wrong: { reason: 'query is wrong' },
  exec: async (sql) => void admin.exec(sql),
  isIdle: async () => !isRead(),
}));
