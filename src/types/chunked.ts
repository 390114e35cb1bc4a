const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/** An array that grows a chunk at a time: no push copies what is there. */
export class Chunked<T> {
  length = 0;
  private readonly chunks: T[][] = [];

  get(at: number): T {
    return this.chunks[at >>> CHUNK_BITS]![at & MASK]!;
  }

  set(at: number, value: T): void {
    this.chunks[at >>> CHUNK_BITS]![at & MASK] = value;
  }

  push(value: T): void {
    const at = this.length++;
    if ((at & MASK) === 0) this.chunks.push([value]);
    else this.chunks[at >>> CHUNK_BITS]!.push(value);
  }

  pop(): T {
    const at = --this.length;
    const chunk = this.chunks[at >>> CHUNK_BITS]!;
    const value = chunk.pop()!;
    if (chunk.length === 0) this.chunks.pop();
    return value;
  }
}
