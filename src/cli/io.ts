import type { Reply } from '../../protocol/reply-reader';
import type { Cancel, Clock, Scheduler } from '../base/world';

/** One word of a request. Strings are latin1, as everywhere; what a person typed goes through `typed`. */
export type Argument = string | Buffer | number;

/** A connection as cachectl needs it; src/client has it, bin/cachectl puts the two together. */
export interface Connection {
  /** Rejects with ReplyError for an error reply, with an error named ConnectionError when the connection is lost. */
  call(...args: Argument[]): Promise<Reply>;
  /** Replies in order; error replies are values here. */
  pipeline(requests: readonly (readonly Argument[])[]): Promise<Reply[]>;
  close(): void;
}

export interface Target {
  host: string;
  port: number;
  /** Path of a unix socket; host and port are not used then. */
  unixSocket?: string;
  password?: string;
  db?: number;
}

/** Rejects with an error named ConnectionError, or with ReplyError when the server refuses the password or database. */
export type Connect = (target: Target) => Promise<Connection>;

export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
export type Input = NodeJS.ReadableStream & { isTTY?: boolean };

/** Everything cachectl touches outside itself. */
export interface Io {
  stdin: Input;
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  clock: Pick<Clock, 'fineMs'>;
  /** Wall time in ms since 1970, for the date in a snapshot's header. */
  wallMs(): number;
  /** Uniform in [0, 1). */
  random(): number;
  scheduler: Pick<Scheduler, 'after'>;
  connect: Connect;
  /** Calls back when the person wants to stop (Ctrl-C, or q on a terminal) until cancelled. */
  onStop(stop: () => void): Cancel;
}

/** A command-line word as bytes: a terminal speaks UTF-8. */
export function typed(word: string): Buffer {
  return Buffer.from(word, 'utf8');
}

/** Writes and waits while the reader is slow, so that nothing piles up here. */
export async function writeAll(stream: NodeJS.WritableStream, data: string | Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()));
  });
}
