const CHUNK_MAX = 256;

/** Texts from both ends: an array of short arrays, so that neither end nor the middle is ever copied whole. */
export class Deque {
  length = 0;
  private readonly chunks: string[][] = [];

  push(text: string): void {
    this.length++;
    const last = this.chunks[this.chunks.length - 1];
    if (last === undefined || last.length >= CHUNK_MAX) this.chunks.push([text]);
    else last.push(text);
  }

  unshift(text: string): void {
    this.length++;
    const first = this.chunks[0];
    if (first === undefined || first.length >= CHUNK_MAX) this.chunks.unshift([text]);
    else first.unshift(text);
  }

  pop(): string {
    this.length--;
    const last = this.chunks[this.chunks.length - 1]!;
    const text = last.pop()!;
    if (last.length === 0) this.chunks.pop();
    return text;
  }

  shift(): string {
    this.length--;
    const first = this.chunks[0]!;
    const text = first.shift()!;
    if (first.length === 0) this.chunks.shift();
    return text;
  }

  at(index: number): string {
    const [chunk, place] = this.find(index);
    return this.chunks[chunk]![place]!;
  }

  set(index: number, text: string): void {
    const [chunk, place] = this.find(index);
    this.chunks[chunk]![place] = text;
  }

  /** Before what is at `index`, or at the end. */
  insert(index: number, text: string): void {
    if (index === this.length) {
      this.push(text);
      return;
    }
    const [chunk, place] = this.find(index);
    const items = this.chunks[chunk]!;
    items.splice(place, 0, text);
    this.length++;
    if (items.length > 2 * CHUNK_MAX) this.chunks.splice(chunk + 1, 0, items.splice(CHUNK_MAX));
  }

  deleteAt(index: number): void {
    const [chunk, place] = this.find(index);
    const items = this.chunks[chunk]!;
    items.splice(place, 1);
    if (items.length === 0) this.chunks.splice(chunk, 1);
    this.length--;
  }

  /** Visits from `index` on, forwards or backwards, until `visit` says false. */
  each(index: number, isDown: boolean, visit: (text: string, index: number) => boolean): void {
    if (index < 0 || index >= this.length) return;
    let [chunk, place] = this.find(index);
    for (let at = index; ; at += isDown ? -1 : 1) {
      const items = this.chunks[chunk]!;
      if (!visit(items[place]!, at)) return;
      if (isDown) {
        if (--place < 0) {
          if (--chunk < 0) return;
          place = this.chunks[chunk]!.length - 1;
        }
      } else if (++place === items.length) {
        if (++chunk === this.chunks.length) return;
        place = 0;
      }
    }
  }

  /** Chunk and place in it; from the nearer end. */
  private find(index: number): [chunk: number, place: number] {
    const { chunks } = this;
    if (index < this.length / 2) {
      let left = index;
      for (let i = 0; ; i++) {
        const { length } = chunks[i]!;
        if (left < length) return [i, left];
        left -= length;
      }
    }
    let left = this.length - index;
    for (let i = chunks.length - 1; ; i--) {
      const { length } = chunks[i]!;
      if (left <= length) return [i, length - left];
      left -= length;
    }
  }
}
