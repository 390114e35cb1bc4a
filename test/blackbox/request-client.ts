import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeRequest } from '../../protocol/encode-request';
import { type Reply, ReplyReader } from '../../protocol/reply-reader';

/** A client that pipelines requests. Once the connection is gone, requests without a reply are rejected. */
export class RequestClient {
  private readonly waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  private readonly reader = new ReplyReader((reply) => this.waiting.shift()?.resolve(reply));
  private gone = false;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.reader.feed(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.end());
  }

  static async open(port: number): Promise<RequestClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RequestClient(socket);
  }

  ask(...args: (string | Buffer | number)[]): Promise<Reply> {
    if (this.gone) return Promise.reject(new Error('the connection is gone'));
    const reply = new Promise<Reply>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.socket.write(encodeRequest(args));
    return reply;
  }

  /** The reply as text; null for nil. Throws the server's error. */
  async text(...args: (string | Buffer | number)[]): Promise<string | null> {
    const reply = await this.ask(...args);
    if (reply instanceof Error) throw reply;
    return reply === null ? null : String(reply);
  }

  /** What is asked in `work` goes out in one write. */
  together<T>(work: () => T): T {
    this.socket.cork();
    try {
      return work();
    } finally {
      this.socket.uncork();
    }
  }

  close(): void {
    this.socket.destroy();
  }

  private end(): void {
    this.gone = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Error('the connection is gone'));
  }
}
