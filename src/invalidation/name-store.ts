import { CLASS_COUNT, CLASS_UNITS, classOfUnits, unitsFor } from '../base/offheap/size-classes';

/**
 * Bytes of names outside the JavaScript heap: runs of up to 64 KiB in chunks of 1 MiB, in size classes, a freed run being
 * the next one of its class. A run is named by its handle, a number from 1; its length is the caller's to remember. Runs
 * never move, so a handle needs no owner as the arena's blocks do. Once the last name is gone, all chunks but one are
 * given back.
 */
const CHUNK_BITS = 20;
const CHUNK_BYTES = 1 << CHUNK_BITS;
const GRAIN_BITS = 3;
const HANDLE_BITS = CHUNK_BITS - GRAIN_BITS;
const HANDLE_MASK = (1 << HANDLE_BITS) - 1;
export const NAME_BYTES_MAX = 65_536;

/** Every run has at least one grain, so that it can be linked while free. */
function classOf(length: number): number {
  return classOfUnits(length === 0 ? 1 : unitsFor(length));
}

function bytesOfClass(sizeClass: number): number {
  return CLASS_UNITS[sizeClass]! << GRAIN_BITS;
}

export class NameStore {
  /** Bytes of the runs in use, rounded up to their classes. */
  bytesUsed = 0;
  private chunks: Buffer[] = [];
  /** The next fresh byte of the last chunk. */
  private fresh = CHUNK_BYTES;
  private readonly firstFree = new Int32Array(CLASS_COUNT);

  get bytesReserved(): number {
    return this.chunks.length * CHUNK_BYTES;
  }

  /** Copies the run in; at most NAME_BYTES_MAX bytes. */
  put(buf: Uint8Array, start: number, end: number): number {
    const handle = this.take(classOf(end - start));
    const chunk = this.chunkOf(handle);
    let at = this.offsetOf(handle);
    if (end - start > 64) chunk.set(buf.subarray(start, end), at);
    else for (let i = start; i < end; i++) chunk[at++] = buf[i]!;
    return handle;
  }

  free(handle: number, length: number): void {
    const sizeClass = classOf(length);
    this.chunkOf(handle).writeInt32LE(this.firstFree[sizeClass]!, this.offsetOf(handle));
    this.firstFree[sizeClass] = handle;
    this.bytesUsed -= bytesOfClass(sizeClass);
    if (this.bytesUsed === 0) this.reset();
  }

  equals(handle: number, length: number, buf: Uint8Array, start: number): boolean {
    const chunk = this.chunkOf(handle);
    const at = this.offsetOf(handle);
    for (let i = 0; i < length; i++) if (chunk[at + i] !== buf[start + i]) return false;
    return true;
  }

  latin1(handle: number, length: number): string {
    const at = this.offsetOf(handle);
    return this.chunkOf(handle).toString('latin1', at, at + length);
  }

  /** The buffer that holds the run; it begins at `offsetOf(handle)`. */
  chunkOf(handle: number): Buffer {
    return this.chunks[handle >>> HANDLE_BITS]!;
  }

  offsetOf(handle: number): number {
    return (handle & HANDLE_MASK) << GRAIN_BITS;
  }

  private take(sizeClass: number): number {
    const size = bytesOfClass(sizeClass);
    this.bytesUsed += size;
    const handle = this.firstFree[sizeClass]!;
    if (handle !== 0) {
      this.firstFree[sizeClass] = this.chunkOf(handle).readInt32LE(this.offsetOf(handle));
      return handle;
    }
    if (this.fresh + size > CHUNK_BYTES) this.addChunk();
    const at = this.fresh;
    this.fresh += size;
    return ((this.chunks.length - 1) << HANDLE_BITS) | (at >>> GRAIN_BITS);
  }

  private addChunk(): void {
    this.chunks.push(Buffer.allocUnsafeSlow(CHUNK_BYTES));
    // The first grain of the first chunk stays unused: its handle would be 0.
    this.fresh = this.chunks.length === 1 ? 8 : 0;
  }

  private reset(): void {
    this.chunks.length = 1;
    this.fresh = 8;
    this.firstFree.fill(0);
  }
}
