import { connect } from 'node:net';
import { type CustomTypesConfig, Pool, type PoolClient, Query, type QueryArrayConfig, types } from 'pg';
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
const CANCEL_REQUEST = 80877102;

const { BOOL, BYTEA, INT2, INT4, INT8, OID, FLOAT4, FLOAT8, NUMERIC, JSON: JSON_TYPE, JSONB } = types.builtins;
const TEXT_ARRAYS = [1009, 1015];

/** Everything else is text as the server writes it. */
const CELLS = new Map<number, (text: string) => Cell>([
  [BYTEA, types.getTypeParser(BYTEA) as (text: string) => Buffer],
  [BOOL, (text) => ({ text, json: text === 't' ? 'true' : 'false' })],
  ...[INT2, INT4, INT8, OID, FLOAT4, FLOAT8, NUMERIC].map((type) => [type, numberCell] as const),
  ...[JSON_TYPE, JSONB].map((type) => [type, (text: string) => ({ text, json: text })] as const),
  ...TEXT_ARRAYS.map((type) => [type, arrayCell] as const),
]);

/** `{a,b}` is the JSON array of its texts in an object, and for the columns that carry tags. */
function arrayCell(text: string): Cell {
  const json = JSON.stringify((types.getTypeParser(1009 as never) as (text: string) => unknown)(text));
  return { text: json, json };
}

const TYPES = {
  getTypeParser: (type: number) => CELLS.get(type) ?? ((text: string) => text),
} as unknown as CustomTypesConfig;

/** What a cancel request needs, which the driver's types leave out. */
interface Backend {
  processID: number | null;
  secretKey: number | null;
}

/**
 * PostgreSQL through pg. Statements have no names, so a pooler such as PgBouncer may stand between. A query that is given
 * up is cancelled on the server by a cancel request, which needs no free connection there.
 */
export class PostgresDatabase implements Database {
  private readonly pool: Pool;
  private readonly closing = new AbortController();

  constructor({ url, password, connectionsMax = CONNECTIONS_MAX_DEFAULT }: DatabaseOptions) {
    this.pool = new Pool({
      connectionString: url,
      ...(password !== undefined && { password }),
      max: connectionsMax,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_MS,
      keepAlive: true,
      fallback_application_name: 'larder',
    });
    // A connection that breaks while nobody uses it is replaced when somebody asks.
    this.pool.on('error', () => {});
  }

  async run(query: BoundQuery, reading: Reading, signal: AbortSignal): Promise<Outcome | QueryFailure> {
    if (this.pool.waitingCount >= LINE_MAX) return queryFailure('too many loads wait for a connection', true);
    const stop = AbortSignal.any([signal, this.closing.signal]);
    let client: PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      return serverFailure(error);
    }
    if (!stop.aborted) return ask(client, query, reading, stop);
    client.release();
    return queryFailure('cancelled', true);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.pool.end();
  }
}

function ask(client: PoolClient, { text, values }: BoundQuery, reading: Reading, stop: AbortSignal) {
  return leave<Outcome | QueryFailure>((settle) => {
    const reader = new RowReader(reading);
    const config: QueryArrayConfig = { text, values, rowMode: 'array', types: TYPES };
    const query = new Query(config);
    let isFirst = true;
    const ignore = () => {};
    const release = (isBroken: boolean) => {
      unwatch();
      stop.removeEventListener('abort', abort);
      if (isBroken) client.connection.stream.destroy();
      else client.removeListener('error', ignore);
      client.release(isBroken);
    };
    const giveUp = (failure: LoadFailure) => {
      if (!settle({ ...failure, isOfKey: false })) return;
      cancel(client);
      release(true);
    };
    const abort = () => giveUp(queryFailure('cancelled', true));
    const unwatch = whenOver(client.connection.stream, wireBytesMax(reading), () =>
      giveUp(tooLarge(reading.answerBytesMax)),
    );
    stop.addEventListener('abort', abort, { once: true });
    client.on('error', ignore);
    query.on('row', (cells: Cell[], result) => {
      const problem =
        (isFirst ? reader.columns(result!.fields.map(({ name }) => name)) : undefined) ?? reader.row(cells);
      isFirst = false;
      if (problem !== undefined) giveUp(problem);
    });
    query.on('error', (error: unknown) => {
      if (settle(serverFailure(error))) release(endsConnection(error));
    });
    query.on('end', () => {
      if (settle(reader.outcome())) release(false);
    });
    client.query(query);
  });
}

/** Without a severity it is not the server that speaks; after ERROR a connection is as good as before. */
function endsConnection(error: unknown): boolean {
  return (error as { severity?: string }).severity !== 'ERROR';
}

/** On a connection of its own, which the server closes at once. */
function cancel(client: PoolClient): void {
  const { processID, secretKey } = client as unknown as Backend;
  if (processID === null || secretKey === null) return;
  const { host, port } = client;
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.resume().end(request);
}
