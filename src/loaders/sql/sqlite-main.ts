import { Worker } from 'node:worker_threads';
import Database, { type Statement } from 'better-sqlite3';
import { type Cell, numberCell } from './cell';
import { RowReader } from './row-reader';
import { queryFailure, sqliteFailure } from './sql-reasons';
import type { SqliteDone, SqliteJob } from './sqlite';

/** The process that reads one SQLite file: jobs come one at a time, and a result goes back for each. */

/** How long to wait for a writer's lock. */
const BUSY_MS = 250;
const STATEMENTS_MAX = 256;

/** Ends this process when its parent is gone, from another thread: this one may be inside a query that never ends. */
const WATCH = `
  const { Socket } = require('node:net');
  const parent = new Socket({ fd: 4 });
  const end = () => process.kill(process.pid, 'SIGKILL');
  parent.on('end', end).on('error', end).on('close', end).resume();
`;

const [, , file = ''] = process.argv;
let database: Database.Database | undefined;
const statements = new Map<string, Statement<unknown[], unknown[]>>();

function open(): Database.Database {
  if (database !== undefined) return database;
  const opened = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
  opened.pragma('query_only = on');
  opened.defaultSafeIntegers(true);
  database = opened;
  return opened;
}

function prepare(text: string): Statement<unknown[], unknown[]> {
  let statement = statements.get(text);
  if (statement !== undefined) return statement;
  statement = open().prepare<unknown[], unknown[]>(text).raw(true);
  if (statements.size >= STATEMENTS_MAX) statements.clear();
  statements.set(text, statement);
  return statement;
}

function run({ query, reading }: SqliteJob): SqliteDone {
  const statement = prepare(query.text);
  const reader = new RowReader(reading);
  const columns = reader.columns(statement.columns().map(({ name }) => name));
  if (columns !== undefined) return { ...columns, isOfKey: false };
  for (const row of statement.iterate(...query.values)) {
    const problem = reader.row(row.map(cellOf));
    if (problem !== undefined) return { ...problem, isOfKey: false };
  }
  return reader.outcome();
}

function cellOf(value: unknown): Cell {
  if (value === null || typeof value === 'string' || Buffer.isBuffer(value)) return value;
  if (typeof value === 'bigint') return numberCell(String(value));
  const number = value as number;
  // As SQLite writes it: a real number shows that it is one.
  return numberCell(Number.isInteger(number) && Math.abs(number) < 1e15 ? `${number}.0` : String(number));
}

function answer(job: SqliteJob): SqliteDone {
  try {
    return run(job);
  } catch (error) {
    if (error instanceof TypeError) return queryFailure('query gives no rows', false);
    return sqliteFailure(error);
  }
}

new Worker(WATCH, { eval: true }).unref();
process.on('message', (job: SqliteJob) => process.send!(answer(job)));
process.on('disconnect', () => process.exit());
