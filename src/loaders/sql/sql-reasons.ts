import { failure } from '../loader';
import { reasonOf } from '../reasons';
import type { QueryFailure } from './database';

export function queryFailure(reason: string, retryable: boolean, isOfKey = false): QueryFailure {
  return { ...failure(reason, retryable), isOfKey };
}

/** By SQLSTATE, or its first two characters, which name its class. */
const STATES = new Map<string, [reason: string, retryable: boolean]>([
  ['08', ['connection lost', true]],
  ['22', ['key does not fit the query', false]],
  ['23', ['query breaks a constraint', false]],
  ['25006', ['query would write', false]],
  ['28', ['login refused', false]],
  ['3D', ['no such database', false]],
  ['40', ['conflict with another transaction', true]],
  ['42', ['query is wrong', false]],
  ['42501', ['permission denied', false]],
  ['53300', ['too many connections', true]],
  ['55P03', ['lock not available', true]],
  ['57014', ['query was cancelled by the server', true]],
  ['57', ['server is shutting down', true]],
  ['70100', ['query was cancelled by the server', true]],
]);

/** MySQL says 42000 or HY000 for much. */
const MYSQL_ERRORS = new Map<number, [reason: string, retryable: boolean]>([
  [1040, ['too many connections', true]],
  [1044, ['permission denied', false]],
  [1049, ['no such database', false]],
  [1053, ['server is shutting down', true]],
  [1142, ['permission denied', false]],
  [1143, ['permission denied', false]],
  [1203, ['too many connections', true]],
  [1205, ['lock not available', true]],
  [1226, ['too many connections', true]],
  [1792, ['query would write', false]],
  [1927, ['connection lost', true]],
  [1969, ['query was cancelled by the server', true]],
  [3024, ['query was cancelled by the server', true]],
]);

const SQLITE_ERRORS: [prefix: string, reason: string, retryable: boolean][] = [
  ['SQLITE_BUSY', 'database is locked', true],
  ['SQLITE_LOCKED', 'database is locked', true],
  ['SQLITE_READONLY', 'query would write', false],
  ['SQLITE_CANTOPEN', 'file cannot be opened', true],
  ['SQLITE_NOTADB', 'file is not a database', false],
  ['SQLITE_CORRUPT', 'file is corrupt', false],
  ['SQLITE_TOOBIG', 'row too large', false],
  ['SQLITE_ERROR', 'query is wrong', false],
];

/** What drivers of servers say without a code, in their own constant words. */
const MESSAGES: [message: string, reason: string][] = [
  ['timeout', 'connecting took too long'],
  ['Connection terminated', 'connection lost'],
  ['Queue limit reached', 'too many loads wait for a connection'],
];

/** From codes only: a server's text may hold values, and a driver's the password. */
export function serverFailure(error: unknown): QueryFailure {
  const { code, errno, sqlState, message = '' } = (error ?? {}) as ServerError;
  const state = sqlState ?? code ?? '';
  const known =
    (typeof errno === 'number' ? MYSQL_ERRORS.get(errno) : undefined) ??
    STATES.get(state) ??
    (/^[0-9A-Z]{5}$/.test(state) ? STATES.get(state.slice(0, 2)) : undefined);
  const label = /^[0-9A-Z]{5}$/.test(state) ? ` (${typeof errno === 'number' && errno > 0 ? errno : state})` : '';
  if (known !== undefined) return queryFailure(known[0] + label, known[1], state.startsWith('22'));
  if (label !== '') return queryFailure(`failed${label}`, true);
  const said = code === undefined ? MESSAGES.find(([words]) => message.includes(words)) : undefined;
  if (said !== undefined) return queryFailure(said[1], true);
  return queryFailure(code === 'PROTOCOL_CONNECTION_LOST' ? 'connection lost' : reasonOf(error), true);
}

interface ServerError {
  /** A word of the driver's or the system's; of PostgreSQL the SQLSTATE. */
  code?: string;
  errno?: number;
  sqlState?: string;
  message?: string;
}

export function sqliteFailure(error: unknown): QueryFailure {
  const { code = '' } = (error ?? {}) as { code?: string };
  const known = SQLITE_ERRORS.find(([prefix]) => code.startsWith(prefix));
  return known === undefined ? queryFailure(reasonOf(error), true) : queryFailure(known[1], known[2]);
}
