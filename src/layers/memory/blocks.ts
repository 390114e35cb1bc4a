import { Arena, HEADER_BYTES, UNIT_BITS, UNIT_MASK } from '../../base/offheap/arena';
import { BLOCK_BYTES_MAX } from '../../base/offheap/size-classes';
import { LargeBlocks } from './large-blocks';
import { LARGE } from './record';

/**
 * Where keys and values lie: small blocks in the arena, others alone. Which of the two a reference means is flag LARGE of
 * the entry's META, passed along as `meta`.
 */
export class Blocks {
  readonly arena = new Arena();
  readonly larges = new LargeBlocks();

  /** LARGE or 0: what `meta` of a block of so many bytes must say. */
  kindOf(bytes: number): number {
    return bytes + HEADER_BYTES > BLOCK_BYTES_MAX ? LARGE : 0;
  }

  allocate(kind: number, bytes: number, owner: number): number {
    return kind === 0 ? this.arena.allocate(bytes, owner) : this.larges.allocate(bytes, owner);
  }

  free(meta: number, ref: number): void {
    if ((meta & LARGE) === 0) this.arena.free(ref);
    else this.larges.free(ref);
  }

  /** Whether `bytes` may stay in this block. */
  fits(meta: number, ref: number, bytes: number): boolean {
    if ((meta & LARGE) !== this.kindOf(bytes)) return false;
    return (meta & LARGE) === 0 ? this.arena.fits(ref, bytes) : this.larges.fits(ref, bytes);
  }

  buffer(meta: number, ref: number): Buffer {
    return (meta & LARGE) === 0 ? this.arena.buffers[ref >>> UNIT_BITS]! : this.larges.buffers[ref]!;
  }

  words(meta: number, ref: number): Int32Array {
    return (meta & LARGE) === 0 ? this.arena.words[ref >>> UNIT_BITS]! : this.larges.words[ref]!;
  }

  /** First byte of the key, in `buffer`; a multiple of 4. */
  start(meta: number, ref: number): number {
    return (meta & LARGE) === 0 ? ((ref & UNIT_MASK) << 3) + HEADER_BYTES : HEADER_BYTES;
  }

  bytesOf(meta: number, ref: number): number {
    return (meta & LARGE) === 0 ? this.arena.bytesOf(ref) : this.larges.bytesOf(ref);
  }

  get usedBytes(): number {
    return this.arena.usedBytes + this.larges.usedBytes;
  }
}
