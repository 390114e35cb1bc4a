import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { failure, type LoadFailure } from '../loader';
import { BodyCollector } from './body-collector';

/** What decodes to more than this many times its size is a bomb, once it is beyond `RATIO_FREE_BYTES`. */
const RATIO_MAX = 100;
const RATIO_FREE_BYTES = 1024 * 1024;

const DECODERS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['br', createBrotliDecompress],
]);

export interface BodyBounds {
  /** `content-encoding` of the body; 'identity' for none. */
  encoding: string;
  /** Encodings are accepted at all. */
  isCompressed: boolean;
  sizeBytesMax: number;
}

/**
 * Reads a body to its end, decoded, within bounds that hold as bytes arrive; what is beyond them is left unread. Rejects
 * with what breaks the connection.
 */
export async function readBody(body: Readable, bounds: BodyBounds): Promise<Buffer | LoadFailure> {
  const { encoding, isCompressed, sizeBytesMax } = bounds;
  const collector = new BodyCollector(sizeBytesMax);
  if (encoding === 'identity') {
    // Leaving the loop early destroys the body and with it the connection.
    for await (const chunk of body) if (!collector.add(chunk as Buffer)) return tooLarge(sizeBytesMax);
    return collector.take();
  }
  const create = DECODERS.get(encoding);
  if (!isCompressed || create === undefined) {
    body.destroy();
    return failure(isCompressed ? 'response has an unknown encoding' : 'response is compressed, not asked for', false);
  }
  const decoder = create();
  // Errors of both sides are those of the loop below.
  pipeline(body, decoder, () => {});
  for await (const chunk of decoder) {
    if (!collector.add(chunk as Buffer)) return tooLarge(sizeBytesMax);
    if (collector.sizeBytes > RATIO_FREE_BYTES && collector.sizeBytes > decoder.bytesWritten * RATIO_MAX) {
      return failure(`response unpacks to more than ${RATIO_MAX} times its size`, false);
    }
  }
  return collector.take();
}

export function tooLarge(sizeBytesMax: number): LoadFailure {
  return failure(`response larger than ${sizeBytesMax} bytes`, false);
}
