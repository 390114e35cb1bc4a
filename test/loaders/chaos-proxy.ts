import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What stands between a loader and its source. */
export type Mood =
  | { kind: 'through' }
  /** Nobody listens. */
  | { kind: 'refuse' }
  /** Takes the connection and resets it. */
  | { kind: 'reset' }
  /** Takes the connection and reads nothing. */
  | { kind: 'black-hole' }
  /** The source gets the request; its answer is never seen. */
  | { kind: 'deaf' }
  /** Resets the connection once so many bytes of the answer went through. */
  | { kind: 'cut'; afterBytes: number }
  /** The answer arrives in pieces of so many bytes, a turn of the event loop each. */
  | { kind: 'slice'; sizeBytes: number };

/**
 * A TCP proxy in a bad mood, for a source of any protocol. A mood holds for connections made and for bytes sent while it
 * lasts.
 */
export class ChaosProxy {
  private mood: Mood = { kind: 'through' };
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: number,
    private listening = 0,
  ) {}

  /** In front of this port of 127.0.0.1. */
  static async before(target: number): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(target);
    await proxy.listen();
    return proxy;
  }

  /** The same for its whole life. */
  get port(): number {
    return this.listening;
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** Ends all connections that the old mood had; the loader meets the new one with its next. */
  async become(mood: Mood): Promise<void> {
    this.mood = mood;
    this.drop();
    if (mood.kind === 'refuse') await this.shut();
    else if (this.server === undefined) await this.listen();
  }

  async close(): Promise<void> {
    this.drop();
    await this.shut();
  }

  private async listen(): Promise<void> {
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
    this.server.listen(this.listening, '127.0.0.1');
    await once(this.server, 'listening');
    this.listening = (this.server.address() as AddressInfo).port;
  }

  private async shut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server !== undefined) await new Promise<void>((closed) => server.close(() => closed()));
  }

  private drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(near: Socket): void {
    this.track(near);
    const { mood } = this;
    if (mood.kind === 'reset') return void near.resetAndDestroy();
    if (mood.kind === 'black-hole') return void near.pause();
    const far = connect(this.target, '127.0.0.1');
    this.track(far);
    near.pipe(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroySoon());
    if (mood.kind === 'deaf') far.resume();
    else if (mood.kind === 'cut') cut(far, near, mood.afterBytes);
    else if (mood.kind === 'slice') void slice(far, near, mood.sizeBytes);
    else far.pipe(near);
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
  }
}

function cut(from: Socket, to: Socket, afterBytes: number): void {
  let left = afterBytes;
  from.on('data', (chunk) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    to.write(part, () => left === 0 && to.resetAndDestroy());
  });
}

async function slice(from: Socket, to: Socket, sizeBytes: number): Promise<void> {
  const over = () => to.destroyed || from.destroyed;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length && !over(); at += sizeBytes) {
        to.write(chunk.subarray(at, at + sizeBytes));
        await new Promise((turn) => setImmediate(turn));
      }
    }
  } catch {
    to.destroy();
  }
}
