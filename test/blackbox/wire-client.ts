import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A client that speaks in raw bytes (text is latin1) and knows nothing of requests. */
export class WireClient {
  /** Settles when the server has closed the connection. */
  readonly closed: Promise<void>;
  private text = '';
  private over = false;
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.wake();
    });
    // Whoever is still writing when the other side goes meets a reset: that is a close as well.
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((done) => {
      for (const event of ['end', 'close']) {
        socket.once(event, () => {
          this.over = true;
          this.wake();
          done();
        });
      }
    });
  }

  /** To a port (of the loopback interface, if no host is named), or the path of a unix socket. */
  static async open(to: number | string, host = '127.0.0.1'): Promise<WireClient> {
    const socket = typeof to === 'number' ? connect(to, host) : connect(to);
    socket.pause();
    await once(socket, 'connect');
    const client = new WireClient(socket);
    socket.resume();
    return client;
  }

  get received(): string {
    return this.text;
  }

  /** What the client calls itself in CLIENT LIST. */
  get address(): string {
    return `${this.socket.localAddress}:${this.socket.localPort}`;
  }

  /** Hands all of it to the kernel; false if the other side had closed before. */
  async send(bytes: string | Buffer): Promise<boolean> {
    if (this.over) return false;
    const buf = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    return await new Promise((sent) => this.socket.write(buf, (failure) => sent(!failure)));
  }

  /** Sends one after another, each in a turn of its own, until the other side has had enough. */
  async sendAll(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) {
      if (!(await this.send(chunk))) return;
      await nextTurn();
    }
  }

  /** Sends without waiting for the kernel to take it. */
  push(bytes: string): void {
    this.socket.write(Buffer.from(bytes, 'latin1'));
  }

  /** Settles with all that came once there are so many bytes. Fails if the connection is closed before. */
  async until(bytes: number): Promise<string> {
    while (this.text.length < bytes) {
      if (this.over) throw new Error(`closed after ${this.text.length} of ${bytes} bytes`);
      await new Promise<void>((done) => this.waiting.add(done));
    }
    return this.text;
  }

  /** All that comes until the server closes. */
  async all(): Promise<string> {
    await this.closed;
    return this.text;
  }

  /** Reads no more. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Says that no more will be sent; goes on reading. */
  finish(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private wake(): void {
    for (const done of this.waiting) done();
    this.waiting.clear();
  }
}
