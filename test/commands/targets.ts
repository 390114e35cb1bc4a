import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRequest } from '../../protocol/encode-request';
import { type House, plainHouse } from './house';
import { type Reply, readReply } from './reply';
import type { Connection, Target } from './transcript';

/** The commands over the plain engine, in this process. */
export function plainTarget(house: House = plainHouse()): Target {
  return {
    name: 'plain',
    connect: async () => {
      const visitor = house.visit();
      return {
        ask: (words) => visitor.ask(words),
        close: async () => {},
      };
    },
    advance: (ms) => house.clock.advance(ms),
    empty: async () => {
      await house.engine.flush();
    },
  };
}

class SocketConnection implements Connection {
  private received = Buffer.alloc(0);
  private readonly waiting: ((reply: Reply | undefined) => void)[] = [];
  /** Came before anybody waited for it. */
  private readonly early: Reply[] = [];
  private ended = false;

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.deliver();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.ended = true;
      for (const resolve of this.waiting.splice(0)) resolve(undefined);
    });
  }

  ask(words: readonly string[]): Promise<Reply | undefined> {
    if (this.ended) return Promise.resolve(undefined);
    const reply = this.next();
    this.socket.write(encodeRequest(words));
    return reply;
  }

  next(): Promise<Reply | undefined> {
    const early = this.early.shift();
    if (early !== undefined || this.ended) return Promise.resolve(early);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.socket.destroy();
  }

  private deliver(): void {
    for (;;) {
      const found = readReply(this.received);
      if (found === undefined) return;
      this.received = this.received.subarray(found.end);
      const waiting = this.waiting.shift();
      if (waiting === undefined) this.early.push(found.reply);
      else waiting(found.reply);
    }
  }
}

export function connectTo(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(new SocketConnection(socket)));
    socket.once('error', reject);
  });
}

/** Whatever listens on `port` of the loopback interface. */
export function socketTarget(name: Target['name'], port: number): Target {
  return {
    name,
    connect: () => connectTo(port),
    empty: async () => {
      const connection = await connectTo(port);
      await connection.ask(['FLUSHALL']);
      await connection.close();
    },
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

export interface RunningRedis {
  readonly target: Target;
  readonly port: number;
  stop(): Promise<void>;
}

/** A redis-server of our own on a free port, without persistence. */
export async function startRedis(...options: string[]): Promise<RunningRedis> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'redis-oracle-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir, ...options];
  const server = spawn('redis-server', [...args, '--enable-debug-command', 'yes'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await ready(server);
  return {
    target: socketTarget('redis', port),
    port,
    stop: () =>
      new Promise((resolve) => {
        server.once('exit', () => {
          rmSync(dir, { recursive: true, force: true });
          resolve();
        });
        server.kill();
      }),
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stdout!.on('data', (chunk) => {
      log += String(chunk);
      if (log.includes('Ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`redis-server ended:\n${log}`)));
  });
}
