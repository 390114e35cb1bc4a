const FIRST_BYTES = 16 * 1024;

/**
 * Gathers a body into one buffer that grows as bytes arrive, never as declared, and keeps no chunk: a source that sends
 * a million chunks of one byte costs a million bytes.
 */
export class BodyCollector {
  private buffer = Buffer.allocUnsafeSlow(0);
  private size = 0;

  constructor(private readonly sizeBytesMax: number) {}

  get sizeBytes(): number {
    return this.size;
  }

  /** False if it would grow above the limit; it is then of no more use. */
  add(chunk: Uint8Array): boolean {
    const size = this.size + chunk.length;
    if (size > this.sizeBytesMax) return false;
    if (size > this.buffer.length) this.grow(size);
    this.buffer.set(chunk, this.size);
    this.size = size;
    return true;
  }

  /** Everything, in a buffer of just that size. */
  take(): Buffer {
    if (this.size === this.buffer.length) return this.buffer;
    const exact = Buffer.allocUnsafeSlow(this.size);
    this.buffer.copy(exact, 0, 0, this.size);
    return exact;
  }

  private grow(size: number): void {
    const capacity = Math.min(this.sizeBytesMax, Math.max(size, FIRST_BYTES, this.buffer.length * 2));
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.buffer.copy(grown, 0, 0, this.size);
    this.buffer = grown;
  }
}
