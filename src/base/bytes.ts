/**
 * Bytes are bytes: keys, values and tags are runs inside larger buffers. A `Bytes` is a value to pass, not to keep: the
 * buffer behind it may be reused as soon as the call that received it returns. Keep a copy instead (`copyOf`).
 */
export interface Bytes {
  buf: Buffer;
  /** First byte, an index into `buf`. */
  start: number;
  /** One past the last byte, an index into `buf`. */
  end: number;
}

/** A run that can be pointed somewhere else, for hot paths that must not allocate. */
export class Span implements Bytes {
  constructor(
    public buf: Buffer,
    public start: number = 0,
    public end: number = buf.length,
  ) {}

  point(buf: Buffer, start: number, end: number): this {
    this.buf = buf;
    this.start = start;
    this.end = end;
    return this;
  }
}

/** Wraps a Buffer, or a string of one-byte characters (latin1: lossless for binary keys). */
export function bytesOf(from: Buffer | string): Span {
  return new Span(typeof from === 'string' ? Buffer.from(from, 'latin1') : from);
}

export function lengthOf(bytes: Bytes): number {
  return bytes.end - bytes.start;
}

/** A copy that may be kept. */
export function copyOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buf.subarray(bytes.start, bytes.end));
}

/** One character a byte; the only string form of a key that never makes two keys one. */
export function latin1Of(bytes: Bytes): string {
  return bytes.buf.toString('latin1', bytes.start, bytes.end);
}

export function equalBytes(a: Bytes, b: Bytes): boolean {
  const length = a.end - a.start;
  if (length !== b.end - b.start) return false;
  const { buf: left, start: i } = a;
  const { buf: right, start: j } = b;
  for (let k = 0; k < length; k++) if (left[i + k] !== right[j + k]) return false;
  return true;
}
