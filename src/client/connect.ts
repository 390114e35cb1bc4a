import { createConnection, type Socket } from 'node:net';
import type { Scheduler } from '../base/world';
import { type Argument, Connection } from './connection';
import { ConnectionError, reasonOf } from './connection-error';

export interface ConnectOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 6380. */
  port?: number;
  /** Path; host and port are not used then. */
  unixSocket?: string;
  /** Latin1, one character a byte. */
  password?: string;
  /** Default 0. */
  db?: number;
  /** Default 5 s. */
  connectTimeoutMs?: number;
  /** Longest silence while replies are due. Default 30 s. */
  commandTimeoutMs?: number;
  /** Timers of the two timeouts. */
  scheduler?: Pick<Scheduler, 'after'>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 30_000;

const timers: Pick<Scheduler, 'after'> = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * A connection that is ready for requests. Rejects with ConnectionError when nobody answers, with ReplyError when the
 * server refuses the password or the database.
 */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  const { host = '127.0.0.1', port = 6380, unixSocket, scheduler = timers } = options;
  const address = unixSocket ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  const socket = unixSocket === undefined ? createConnection({ host, port }) : createConnection(unixSocket);
  await opened(socket, address, scheduler, options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  const connection = new Connection(socket, address, scheduler, options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS);
  try {
    for (const request of greetings(options)) await connection.call(...request);
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

function greetings({ password, db }: ConnectOptions): Argument[][] {
  const requests: Argument[][] = [];
  if (password !== undefined) requests.push(['AUTH', password]);
  if (db !== undefined && db !== 0) requests.push(['SELECT', db]);
  return requests;
}

function opened(
  socket: Socket,
  address: string,
  scheduler: Pick<Scheduler, 'after'>,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string) => {
      socket.destroy();
      reject(new ConnectionError(`could not connect to ${address}: ${reason}`));
    };
    const cancel = scheduler.after(timeoutMs, () => refuse(`no answer within ${timeoutMs / 1000} s`));
    const onError = (error: NodeJS.ErrnoException) => {
      cancel();
      refuse(reasonOf(error));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      cancel();
      socket.off('error', onError).setNoDelay(true);
      resolve();
    });
  });
}
