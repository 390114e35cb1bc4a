import type { BoundQuery } from '../../base/patterns/statement';
import type { LoadFailure } from '../loader';
import type { Outcome, Reading } from './row-reader';

/** A query came to nothing. */
export interface QueryFailure extends LoadFailure {
  /** A value did not fit (a word where a number is asked for): without that key the others may do well. */
  isOfKey: boolean;
}

/** A way to a database: a pool of connections, and what its answers mean. */
export interface Database {
  /** Never rejects. When `signal` aborts, the work ends on the server too. */
  run(query: BoundQuery, reading: Reading, signal: AbortSignal): Promise<Outcome | QueryFailure>;
  /** Ends all connections; queries under way fail. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** postgres:// or mysql:// with all that the driver understands; of SQLite the file. */
  url: string;
  password?: string | undefined;
  /** Connections at once, or processes; further queries wait in line. */
  connectionsMax?: number | undefined;
}

export const CONNECTIONS_MAX_DEFAULT = 10;
/** Queries that wait for a connection. */
export const LINE_MAX = 10_000;
export const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Bytes that may arrive for one query: a driver holds a whole row before it is looked at, so this ends one of a gigabyte.
 * Twice the values, as PostgreSQL sends bytes in hexadecimal, and room for names and types of columns.
 */
export function wireBytesMax({ answerBytesMax }: Reading): number {
  return 2 * answerBytesMax + 64 * 1024;
}
