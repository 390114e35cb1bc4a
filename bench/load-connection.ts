import { connect, type Socket } from 'node:net';
import { ReplyCounter } from './reply-counter';

const READ_BUFFER_BYTES = 256 * 1024;
/** One for all connections of the process: replies are counted at once and not kept. */
const readBuffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);

export interface Connection {
  socket: Socket;
  counter: ReplyCounter;
  /** Told of every read that ended at least one reply. */
  onReplies: (replies: number) => void;
  onEnd: (error: Error) => void;
}

/** Connects; replies are only counted. `localAddress` spreads many connections over loopback addresses. */
export function openConnection(port: number, localAddress?: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const counter = new ReplyCounter();
    const callback = (bytes: number) => {
      const replies = counter.push(readBuffer, bytes);
      if (replies > 0) connection.onReplies(replies);
      return true;
    };
    const socket = connect({
      ...{ port, host: '127.0.0.1', noDelay: true, onread: { buffer: readBuffer, callback } },
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const connection: Connection = { socket, counter, onReplies: () => {}, onEnd: reject };
    socket.on('error', (error) => connection.onEnd(error));
    socket.on('close', () => connection.onEnd(new Error('connection closed by the server')));
    socket.on('connect', () => resolve(connection));
  });
}
