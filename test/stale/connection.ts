import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeRequest } from '../../protocol/encode-request';
import { type Reply, ReplyReader } from '../../protocol/reply-reader';

/** The connection ended before the reply came. */
export class Gone extends Error {}

interface Waiting {
  sentMs: number;
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One socket on which requests are pipelined. A reply that nobody asked for is told to `onSurplus`. */
export class Connection {
  private readonly waiting: Waiting[] = [];
  private readonly reader = new ReplyReader((reply) => this.replied(reply));
  private corked = false;
  isGone = false;

  private constructor(
    private readonly socket: Socket,
    private readonly now: () => number,
    private readonly onSurplus: (reply: string) => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.reader.feed(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.end());
  }

  static async open(port: number, now: () => number, onSurplus: (reply: string) => void): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return new Connection(socket, now, onSurplus);
  }

  /** What is asked in one turn goes out in one write. Rejects with Gone; an error of the server is a reply. */
  ask(...args: (string | number)[]): Promise<Reply> {
    if (this.isGone) return Promise.reject(new Gone('the connection is gone'));
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      setImmediate(() => {
        this.corked = false;
        this.socket.uncork();
      });
    }
    this.socket.write(encodeRequest(args));
    return new Promise((resolve, reject) => this.waiting.push({ sentMs: this.now(), resolve, reject }));
  }

  /** How long the oldest request has waited, ms; 0 without any. */
  get oldestMs(): number {
    return this.waiting.length === 0 ? 0 : this.now() - this.waiting[0]!.sentMs;
  }

  close(): void {
    this.socket.destroy();
    this.end();
  }

  private replied(reply: Reply): void {
    const first = this.waiting.shift();
    if (first === undefined) this.onSurplus(String(reply).slice(0, 80));
    else first.resolve(reply);
  }

  private end(): void {
    this.isGone = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Gone('the connection is gone'));
  }
}
