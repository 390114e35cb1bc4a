import { connect, type Socket } from 'node:net';
import RedisParser from 'redis-parser';

export type Reply = string | number | null | Error | Reply[];

/** One connection for questions of the bench itself: INFO, DBSIZE, INVALTAG. Errors of the server reject. */
export class Client {
  private readonly waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  private readonly parser = new RedisParser({
    returnReply: (reply: Reply) => this.waiting.shift()?.resolve(reply),
    returnError: (error: Error) => this.waiting.shift()?.resolve(error),
    returnFatalError: (error: Error) => this.fail(error),
  });

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.parser.execute(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('connection closed by the server')));
  }

  static open(port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new Client(socket));
      });
    });
  }

  /** Rejects with the server's error, or when the connection ends. */
  async call(...args: (string | number)[]): Promise<Reply> {
    const [reply] = await this.pipeline([args]);
    if (reply instanceof Error) throw reply;
    return reply ?? null;
  }

  /** Sends all in one write; errors of the server are among the replies. Rejects when the connection ends. */
  pipeline(requests: readonly (readonly (string | number)[])[]): Promise<Reply[]> {
    const replies = requests.map(() => new Promise<Reply>((resolve, reject) => this.waiting.push({ resolve, reject })));
    const all = Promise.all(replies);
    if (this.socket.destroyed) this.fail(new Error('connection is closed'));
    else this.socket.write(requests.map(encode).join(''), 'latin1');
    return all;
  }

  /** What `work` sends goes out in one write. */
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

  private fail(error: Error): void {
    this.socket.destroy();
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

/** A request in RESP, as latin1. */
export function encode(args: readonly (string | number)[]): string {
  let request = `*${args.length}\r\n`;
  for (const arg of args) request += `$${String(arg).length}\r\n${arg}\r\n`;
  return request;
}

/** One question on a connection of its own. */
export async function ask(port: number, ...args: (string | number)[]): Promise<Reply> {
  const client = await Client.open(port);
  try {
    return await client.call(...args);
  } finally {
    client.close();
  }
}
