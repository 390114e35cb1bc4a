import type { Socket } from 'node:net';
import { encodeRequest } from '../../protocol/encode-request';
import { type Reply, ReplyReader } from '../../protocol/reply-reader';
import type { Cancel, Scheduler } from '../base/world';
import { ConnectionError, reasonOf } from './connection-error';

/** One word of a request. Strings are latin1 (one byte a character); use Buffers for text that may hold more. */
export type Argument = string | Buffer | number;

/** Requests that may wait for a reply on one connection, in number. */
const PENDING_REQUESTS_MAX = 1_000_000;

interface Waiter {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One conversation with one server: requests go out in order, replies come back in the same order. */
export class Connection {
  /** Answered from the front; `answered` moves instead of shifting the array. */
  private waiting: Waiter[] = [];
  private answered = 0;
  private failure: ConnectionError | undefined;
  private cancelDeadline: Cancel | undefined;
  private readonly reader: ReplyReader;

  constructor(
    private readonly socket: Socket,
    /** Names the server in errors. */
    private readonly address: string,
    private readonly scheduler: Pick<Scheduler, 'after'>,
    /** Longest silence while replies are due; then the connection is given up, since replies could no longer be matched. */
    private readonly commandTimeoutMs: number,
  ) {
    this.reader = new ReplyReader((reply) => this.receive(reply));
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', (error) => this.fail(reasonOf(error)));
    socket.on('close', () => this.fail('the server closed the connection'));
  }

  /** Rejects with an error reply (its name is ReplyError), with ConnectionError when the connection is lost or silent. */
  async call(...args: Argument[]): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof Error) throw reply;
    return reply ?? null;
  }

  /** Sends all requests in one go; replies in their order, error replies as values (Error, its name is ReplyError). */
  async pipeline(requests: readonly (readonly Argument[])[]): Promise<Reply[]> {
    if (this.failure) throw this.failure;
    if (this.pending + requests.length > PENDING_REQUESTS_MAX) {
      throw new ConnectionError(`more than ${PENDING_REQUESTS_MAX} requests wait for a reply`);
    }
    if (requests.length === 0) return [];
    const encoded = requests.map((args) => encodeRequest(args));
    const replies = new Promise<Reply[]>((resolve, reject) => this.await(requests.length, resolve, reject));
    this.socket.write(encoded.length === 1 ? encoded[0]! : Buffer.concat(encoded));
    this.watch();
    return replies;
  }

  /** Ends the connection; what still waits for a reply is rejected. */
  close(): void {
    this.fail('closed');
  }

  private get pending(): number {
    return this.waiting.length - this.answered;
  }

  private await(count: number, resolve: (replies: Reply[]) => void, reject: (error: Error) => void): void {
    const replies: Reply[] = [];
    const waiter: Waiter = {
      resolve(reply) {
        replies.push(reply);
        if (replies.length === count) resolve(replies);
      },
      reject,
    };
    for (let i = 0; i < count; i++) this.waiting.push(waiter);
  }

  private read(chunk: Buffer): void {
    try {
      this.reader.feed(chunk);
    } catch {
      this.fail('the answer is not RESP; is this a Larder or Redis port?');
    }
    this.watch();
  }

  private receive(reply: Reply): void {
    if (this.failure) return;
    const waiter = this.waiting[this.answered];
    if (!waiter) {
      this.fail('a reply came that nobody asked for');
      return;
    }
    if (++this.answered === this.waiting.length || this.answered === 4096) {
      this.waiting = this.waiting.slice(this.answered);
      this.answered = 0;
    }
    waiter.resolve(reply);
  }

  /** (Re)starts the deadline of the next reply. */
  private watch(): void {
    this.cancelDeadline?.();
    this.cancelDeadline = undefined;
    if (this.failure || this.pending === 0) return;
    const seconds = this.commandTimeoutMs / 1000;
    const late = () => this.fail(`no reply within ${seconds} s`);
    this.cancelDeadline = this.scheduler.after(this.commandTimeoutMs, late);
  }

  private fail(reason: string): void {
    if (this.failure) return;
    this.failure = new ConnectionError(`${this.address}: ${reason}`);
    this.cancelDeadline?.();
    this.socket.destroy();
    const left = this.waiting.slice(this.answered);
    this.waiting = [];
    this.answered = 0;
    for (const waiter of left) waiter.reject(this.failure);
  }
}
