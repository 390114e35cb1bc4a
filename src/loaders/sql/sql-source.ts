import type { LoaderOptions, OpenSource } from '../create-loaders';
import type { SqlLoadDefinition, SqlSourceDefinition } from '../definitions';
import type { Database, DatabaseOptions } from './database';
import { MysqlDatabase } from './mysql';
import { PostgresDatabase } from './postgres';
import { SqlLoader } from './sql-loader';
import { SqliteDatabase } from './sqlite';

/** Connects when the first load comes. */
export function openSqlSource(
  name: string,
  definition: SqlSourceDefinition,
  { sizeBytesMax, scheduler }: LoaderOptions,
): OpenSource<SqlLoadDefinition> {
  const database = openDatabase(definition);
  return {
    loader: (load) => {
      const { params, list, timeoutMs } = load;
      return new SqlLoader({
        ...load,
        source: name,
        database,
        valuesOf: (given) => params.map((param) => param.expand(given)),
        listIndex: list === undefined ? undefined : params.findIndex((param) => param.list === list),
        timeoutsMs: [definition.timeoutMs, timeoutMs],
        sizeBytesMax,
        scheduler,
      });
    },
    close: () => database.close(),
  };
}

function openDatabase({ dialect, url, file, password, connectionsMax }: SqlSourceDefinition): Database {
  const options: DatabaseOptions = { url: dialect === 'sqlite' ? file : url, password, connectionsMax };
  if (dialect === 'postgres') return new PostgresDatabase(options);
  return dialect === 'mysql' ? new MysqlDatabase(options) : new SqliteDatabase(options);
}
