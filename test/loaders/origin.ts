import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Cancel, Scheduler } from '../../src/base/world';

/** A real server on a free port of this machine that counts its connections. */
export interface Origin {
  url: string;
  /** Paths asked for, as they stood in the request line. */
  paths: string[];
  /** Open connections now. */
  connections(): number;
  /** Settles with the next request's path. */
  nextRequest(): Promise<string>;
  /** Settles once no connection is open. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export async function httpOrigin(handler: Handler): Promise<Origin> {
  const track = new Tracker();
  const listener: RequestListener = (request, response) => {
    track.asked(request.url ?? '');
    handler(request, response);
  };
  return track.open(createHttpServer({ keepAliveTimeout: 60_000 }, listener));
}

/** Answers each request head with whatever `answer` does to the socket. */
export async function rawOrigin(answer: (socket: Socket, head: string) => void): Promise<Origin> {
  const track = new Tracker();
  const server = createServer((socket) => {
    let head = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const whole = head;
      head = '';
      track.asked(whole.split(' ')[1]!);
      answer(socket, whole);
    });
  });
  return track.open(server);
}

class Tracker {
  private readonly sockets = new Set<Socket>();
  private readonly paths: string[] = [];
  private waiting: ((path: string) => void)[] = [];
  private quiets: (() => void)[] = [];

  asked(path: string): void {
    this.paths.push(path);
    for (const wake of this.waiting.splice(0)) wake(path);
  }

  async open(server: Server): Promise<Origin> {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => {
        this.sockets.delete(socket);
        if (this.sockets.size === 0) for (const wake of this.quiets.splice(0)) wake();
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      paths: this.paths,
      connections: () => this.sockets.size,
      nextRequest: () => new Promise((wake) => this.waiting.push(wake)),
      quiet: () => (this.sockets.size === 0 ? Promise.resolve() : new Promise((wake) => this.quiets.push(wake))),
      close: () => {
        for (const socket of this.sockets) socket.destroy();
        return new Promise((closed) => server.close(() => closed()));
      },
    };
  }
}

/** Timers that go off when a test says so. */
export class ManualScheduler implements Scheduler {
  private readonly timers = new Map<number, { delayMs: number; run: () => void }>();
  private next = 0;

  after(delayMs: number, run: () => void): Cancel {
    const id = this.next++;
    this.timers.set(id, { delayMs, run });
    return () => this.timers.delete(id);
  }

  soon(run: () => void): Cancel {
    return this.after(0, run);
  }

  get delaysMs(): number[] {
    return [...this.timers.values()].map(({ delayMs }) => delayMs);
  }

  /** Those with this delay only. */
  fireAt(delayMs: number): void {
    const due = [...this.timers].filter(([, timer]) => timer.delayMs === delayMs);
    for (const [id, { run }] of due) if (this.timers.delete(id)) run();
  }

  fire(): void {
    const due = [...this.timers.values()];
    this.timers.clear();
    for (const { run } of due) run();
  }
}
