import { HEADER_BYTES } from '../../base/offheap/arena';
import { roundUp } from '../../base/offheap/size-classes';

/** Freed Buffers kept for a block of the same size. */
const CACHE_BYTES_MAX = 32 << 20;
const NO_BUFFER = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/**
 * Blocks too large for the arena: each in its own Buffer, named by a number from 1. As in the arena the first word is the
 * owner, and the owner's bytes begin at HEADER_BYTES.
 */
export class LargeBlocks {
  readonly buffers: Buffer[] = [NO_BUFFER];
  readonly words: Int32Array[] = [NO_WORDS];
  /** Bytes of blocks in use, headers and rounding included. */
  usedBytes = 0;
  private readonly freeIds: number[] = [];
  private cached: Buffer[] = [];
  private cachedBytes = 0;

  /** A block for `bytes`, header not counted. */
  allocate(bytes: number, owner: number): number {
    const sizeBytes = roundUp(bytes + HEADER_BYTES);
    const buffer = this.reuse(sizeBytes) ?? Buffer.allocUnsafeSlow(sizeBytes);
    const id = this.freeIds.pop() ?? this.buffers.length;
    this.buffers[id] = buffer;
    const words = new Int32Array(buffer.buffer);
    this.words[id] = words;
    words[0] = owner;
    this.usedBytes += sizeBytes;
    return id;
  }

  free(id: number): void {
    const buffer = this.buffers[id]!;
    this.buffers[id] = NO_BUFFER;
    this.words[id] = NO_WORDS;
    this.freeIds.push(id);
    this.usedBytes -= buffer.length;
    if (this.cachedBytes + buffer.length > CACHE_BYTES_MAX) this.trim();
    if (buffer.length > CACHE_BYTES_MAX) return;
    this.cached.push(buffer);
    this.cachedBytes += buffer.length;
  }

  fits(id: number, bytes: number): boolean {
    return roundUp(bytes + HEADER_BYTES) === this.buffers[id]!.length;
  }

  bytesOf(id: number): number {
    return this.buffers[id]!.length;
  }

  trim(): void {
    this.cached = [];
    this.cachedBytes = 0;
  }

  /** Calls `each` for every block in use and throws if they are counted wrong. */
  audit(each: (owner: number, id: number) => void): void {
    let usedBytes = 0;
    for (let id = 1; id < this.buffers.length; id++) {
      if (this.buffers[id]!.length === 0) continue;
      usedBytes += this.buffers[id]!.length;
      each(this.words[id]![0]!, id);
    }
    if (usedBytes !== this.usedBytes) throw new Error('large blocks: used bytes are counted wrong');
  }

  private reuse(sizeBytes: number): Buffer | undefined {
    const at = this.cached.findIndex((buffer) => buffer.length === sizeBytes);
    if (at < 0) return undefined;
    const [buffer] = this.cached.splice(at, 1);
    this.cachedBytes -= sizeBytes;
    return buffer;
  }
}
