import type { Socket } from 'node:net';

/**
 * Writing to a socket's handle without the stream in between. A stream's write makes half a dozen objects and a tick for
 * each reply, about a tenth of an unpipelined request's whole cost; the kernel nearly always takes the bytes at once, and
 * then there is nothing to keep. What the kernel does not take at once, libuv queues, in order with the stream's own
 * writes. Where a Node version does not offer the binding, there is no direct writer and the stream is used.
 */
interface WriteRequest {
  handle?: unknown;
  buffer?: Buffer;
  oncomplete?: (status: number) => void;
}

interface StreamHandle {
  writeBuffer?(request: WriteRequest, chunk: Buffer): number;
}

interface StreamBinding {
  WriteWrap: new () => WriteRequest;
  streamBaseState: Int32Array;
  kLastWriteWasAsync: number;
}

function findBinding(): StreamBinding | null {
  try {
    const { binding } = process as unknown as { binding?: (name: string) => Partial<StreamBinding> };
    const found = binding?.('stream_wrap');
    if (found?.WriteWrap === undefined || found.streamBaseState === undefined) return null;
    return typeof found.kLastWriteWasAsync === 'number' ? (found as StreamBinding) : null;
  } catch {
    return null;
  }
}

const BINDING = findBinding();
/** One for all writes that are done at once; a write that is queued keeps it, and the next gets another. */
let spare: WriteRequest | null = null;

export class DirectWriter {
  /** Bytes that the kernel did not take yet. */
  pendingBytes = 0;

  private constructor(
    private readonly binding: StreamBinding,
    private readonly handle: Required<StreamHandle>,
    /** All pending bytes are on their way, or `failed`. */
    private readonly settled: (failed: boolean) => void,
  ) {}

  static of(socket: Socket, settled: (failed: boolean) => void): DirectWriter | null {
    const { _handle: handle } = socket as unknown as { _handle?: StreamHandle | null };
    if (BINDING === null || typeof handle?.writeBuffer !== 'function') return null;
    return new DirectWriter(BINDING, handle as Required<StreamHandle>, settled);
  }

  /** False if the connection is broken. The chunk's memory is in use until `pendingBytes` is 0 again. */
  write(chunk: Buffer): boolean {
    const { binding } = this;
    const request = spare ?? new binding.WriteWrap();
    spare = null;
    if (this.handle.writeBuffer(request, chunk) !== 0) return false;
    if (binding.streamBaseState[binding.kLastWriteWasAsync] === 0) {
      spare = request;
      return true;
    }
    this.pendingBytes += chunk.length;
    request.buffer = chunk;
    request.handle = this.handle;
    request.oncomplete = (status) => {
      this.pendingBytes -= chunk.length;
      if (status < 0 || this.pendingBytes === 0) this.settled(status < 0);
    };
    return true;
  }
}
