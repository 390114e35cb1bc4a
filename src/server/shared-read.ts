import { Socket } from 'node:net';
import { withView } from '../base/copy';

/**
 * All sockets read into one buffer: no Buffer, no 'data' event and no chunk kept alive per read. Node offers this
 * (`onread`) only to sockets it constructs itself, so an accepted handle is wrapped anew. Where a Node version hides the
 * handle, the socket is used as it came and reads by 'data' events: slower, otherwise the same.
 */
const READ_BUFFER_BYTES = 64 * 1024;

const shared = withView(Buffer.allocUnsafeSlow(READ_BUFFER_BYTES));

interface Handled {
  _handle?: object | null;
}

/**
 * `received` gets bytes that are only lent until it returns, and says whether to go on reading; false pauses the socket
 * until `resume()`. The listener must accept with `pauseOnConnect`.
 */
export function readShared(accepted: Socket, received: (buf: Buffer, bytes: number) => boolean): Socket {
  const handle = (accepted as Handled)._handle;
  if (handle === undefined || handle === null) {
    accepted.on('data', (chunk: Buffer) => {
      if (!received(chunk, chunk.length)) accepted.pause();
    });
    return accepted;
  }
  (accepted as Handled)._handle = null;
  const onread = { buffer: shared, callback: (bytes: number, buf: Uint8Array) => received(buf as Buffer, bytes) };
  // The types know neither `handle` nor `onread` here; both are what net.Server and net.connect pass themselves.
  return new Socket({ handle, onread, allowHalfOpen: true } as unknown as ConstructorParameters<typeof Socket>[0]);
}
