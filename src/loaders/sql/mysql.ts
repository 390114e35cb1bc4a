import {
  createConnection,
  createPool,
  type FieldPacket,
  type Pool,
  type PoolConnection,
  type PoolOptions,
  Types,
} from 'mysql2';
import type { BoundQuery } from '../../base/patterns/statement';
import type { LoadFailure } from '../loader';
import { type Cell, numberCell } from './cell';
import { leave, whenOver } from './connection';
import {
  CONNECT_TIMEOUT_MS,
  CONNECTIONS_MAX_DEFAULT,
  type Database,
  type DatabaseOptions,
  LINE_MAX,
  type QueryFailure,
  wireBytesMax,
} from './database';
import { type Outcome, type Reading, RowReader, tooLarge } from './row-reader';
import { queryFailure, serverFailure } from './sql-reasons';

const IDLE_MS = 30_000;
/** Prepared statements that a connection keeps. */
const STATEMENTS_MAX = 256;

const NUMBERS = new Set<number>([
  Types.TINY,
  Types.SHORT,
  Types.INT24,
  Types.LONG,
  Types.LONGLONG,
  Types.YEAR,
  Types.FLOAT,
  Types.DOUBLE,
  Types.DECIMAL,
  Types.NEWDECIMAL,
]);

/** MySQL and MariaDB through mysql2. A query that is given up is killed from a connection of its own. */
export class MysqlDatabase implements Database {
  private readonly pool: Pool;
  private readonly options: PoolOptions;
  private readonly closing = new AbortController();

  constructor({ url, password, connectionsMax = CONNECTIONS_MAX_DEFAULT }: DatabaseOptions) {
    this.options = {
      uri: url.replace(/^mariadb:/i, 'mysql:'),
      ...(password !== undefined && { password }),
      connectTimeout: CONNECT_TIMEOUT_MS,
      charset: 'utf8mb4',
      multipleStatements: false,
      enableKeepAlive: true,
      // Everything as the server has it: no dates, numbers or objects of ours between.
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
      jsonStrings: true,
      rowsAsArray: true,
      maxPreparedStatements: STATEMENTS_MAX,
    };
    this.pool = createPool({
      ...this.options,
      connectionLimit: connectionsMax,
      maxIdle: connectionsMax,
      idleTimeout: IDLE_MS,
      queueLimit: LINE_MAX,
    });
    // A connection that breaks while nobody uses it is replaced when somebody asks.
    this.pool.on('connection', (connection) => connection.on('error', () => {}));
  }

  async run(query: BoundQuery, reading: Reading, signal: AbortSignal): Promise<Outcome | QueryFailure> {
    const stop = AbortSignal.any([signal, this.closing.signal]);
    let connection: PoolConnection;
    try {
      connection = await new Promise((resolve, reject) =>
        this.pool.getConnection((error, lent) => (error ? reject(error) : resolve(lent))),
      );
    } catch (error) {
      return serverFailure(error);
    }
    if (!stop.aborted) return ask(connection, query, reading, stop, () => this.kill(connection.threadId));
    connection.release();
    return queryFailure('cancelled', true);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await new Promise<void>((resolve) => this.pool.end(() => resolve()));
  }

  private kill(threadId: number): void {
    const killer = createConnection(this.options);
    killer.on('error', () => {});
    killer.query(`KILL ${Number(threadId)}`, () => killer.destroy());
  }
}

function ask(
  connection: PoolConnection,
  { text, values }: BoundQuery,
  reading: Reading,
  stop: AbortSignal,
  kill: () => void,
) {
  return leave<Outcome | QueryFailure>((settle) => {
    const reader = new RowReader(reading);
    let fields: readonly FieldPacket[] = [];
    const release = (isBroken: boolean) => {
      unwatch();
      stop.removeEventListener('abort', abort);
      connection.off('error', lost).off('end', lost);
      if (isBroken) connection.destroy();
      else connection.release();
    };
    const giveUp = (failure: LoadFailure) => {
      if (!settle({ ...failure, isOfKey: false })) return;
      release(true);
      kill();
    };
    const lost = () => {
      if (settle(queryFailure('connection lost', true))) release(true);
    };
    const abort = () => giveUp(queryFailure('cancelled', true));
    const { stream } = connection as unknown as { stream: NodeJS.EventEmitter };
    const unwatch = whenOver(stream, wireBytesMax(reading), () => giveUp(tooLarge(reading.answerBytesMax)));
    stop.addEventListener('abort', abort, { once: true });
    // A query on a connection that is gone is told nothing; the connection is.
    connection.on('error', lost).on('end', lost);
    const asking = connection.execute(text, values.flat());
    asking.on('fields', (given: readonly FieldPacket[] | undefined) => {
      fields = given ?? [];
      const problem = given && reader.columns(fields.map(({ name }) => name));
      if (problem !== undefined) giveUp(problem);
    });
    asking.on('result', (row: unknown) => {
      const problem = Array.isArray(row)
        ? reader.row(row.map((value, i) => cellOf(value, fields[i]!)))
        : queryFailure('query gives no rows', false);
      if (problem !== undefined) giveUp(problem);
    });
    asking.on('error', (error: unknown) => {
      if (settle(serverFailure(error))) release(endsConnection(error));
    });
    asking.on('end', () => {
      if (settle(reader.outcome())) release(false);
    });
  });
}

/** Without a SQLSTATE it is not the server that speaks, and after a kill (class 70) it says nothing more. */
function endsConnection(error: unknown): boolean {
  const { sqlState = '70', fatal = false } = error as { sqlState?: string; fatal?: boolean };
  return fatal || sqlState.startsWith('70');
}

function cellOf(value: unknown, field: FieldPacket): Cell {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value;
  const type = field.columnType ?? field.type ?? -1;
  if (NUMBERS.has(type)) return numberCell(type === Types.FLOAT ? shortest(Number(value)) : String(value));
  if (typeof value !== 'string') return { text: JSON.stringify(value), json: JSON.stringify(value) };
  const { extendedFormat } = field as { extendedFormat?: string };
  return type === Types.JSON || extendedFormat === 'json' ? { text: value, json: value } : value;
}

/** A 4-byte float with as few digits as tell it from others: 0.1, not 0.10000000149011612. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
