const CHUNK = 1_024;

/** First in, first out, of record numbers; chunks of whole words, so that a million of them are no objects. */
export class SlotQueue {
  length = 0;
  private chunks: Int32Array[] = [];
  private head = 0;
  private tail = CHUNK;

  push(slot: number): void {
    if (this.tail === CHUNK) {
      this.chunks.push(new Int32Array(CHUNK));
      this.tail = 0;
    }
    this.chunks[this.chunks.length - 1]![this.tail++] = slot;
    this.length++;
  }

  /** The oldest, or 0. */
  shift(): number {
    if (this.length === 0) return 0;
    this.length--;
    const slot = this.chunks[0]![this.head++]!;
    if (this.length === 0) {
      // One chunk is kept: along a chain the queue runs empty at every node.
      this.chunks.length = 1;
      this.head = 0;
      this.tail = 0;
    } else if (this.head === CHUNK) {
      this.chunks.shift();
      this.head = 0;
    }
    return slot;
  }
}
