export const NO_BYTES: Buffer = Buffer.alloc(0);

/**
 * One argument of a request: a run of bytes inside a larger buffer, and pooled. It is a value to pass, not to keep: the
 * reader points it at other bytes with the next request. `toBuffer` keeps.
 */
export class Argument {
  buf: Buffer = NO_BYTES;
  /** First byte, an index into `buf`. */
  start = 0;
  /** One past the last byte, an index into `buf`. */
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** One character a byte (latin1). */
  toString(): string {
    return this.buf.toString('latin1', this.start, this.end);
  }

  /** A copy that may be kept. */
  toBuffer(): Buffer {
    return Buffer.from(this.buf.subarray(this.start, this.end));
  }
}
