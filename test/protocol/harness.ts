import { BROKEN, REQUEST, RequestReader } from '../../protocol/request-reader';

/** What a connection came to: its requests, and how it ended (undefined: it is open). */
export interface Heard {
  requests: string[][];
  error: string | undefined;
}

export interface Manner {
  reader?: RequestReader;
  /** Requests taken between two releases, as a fair server does. */
  batch?: number;
}

const SCRIBBLE = 0x2a;

/**
 * Sends the chunks as a socket would: each arrives in one buffer shared with everybody, which is overwritten as soon as
 * the reader has released it.
 */
export function converse(
  chunks: readonly Buffer[],
  { reader = new RequestReader(), batch = Infinity }: Manner = {},
): Heard {
  const heard: Heard = { requests: [], error: undefined };
  const shared = Buffer.alloc(chunks.reduce((max, chunk) => Math.max(max, chunk.length), 1) + 7);
  for (const chunk of chunks) {
    const start = chunk.length % 7;
    chunk.copy(shared, start);
    reader.feed(shared, start, start + chunk.length);
    let taken: number;
    do {
      taken = take(reader, heard, batch);
      reader.release();
      shared.fill(SCRIBBLE);
    } while (taken === batch);
  }
  return heard;
}

function take(reader: RequestReader, heard: Heard, atMost: number): number {
  let taken = 0;
  while (taken < atMost) {
    const progress = reader.next();
    if (progress === BROKEN) heard.error = reader.error;
    if (progress !== REQUEST) break;
    heard.requests.push(argsOf(reader));
    taken++;
  }
  return taken;
}

export function argsOf(reader: RequestReader): string[] {
  return reader.args.slice(0, reader.argc).map(String);
}

/** Cuts into pieces of `size` bytes. */
export function cut(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

/** Cuts at sizes taken from `sizes` in turn. */
export function cutUnevenly(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
