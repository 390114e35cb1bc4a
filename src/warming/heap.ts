/** What a heap holds; it keeps the place itself. */
export interface HeapItem {
  priority: number;
  /** Of two with one priority the lower goes first. */
  order: number;
  /** Index in the heap; -1: in none. */
  place: number;
}

/** Highest priority first, then who came first; any item can leave or change its priority in O(log n). */
export class Heap<T extends HeapItem> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  get first(): T | undefined {
    return this.items[0];
  }

  add(item: T): void {
    item.place = this.items.length;
    this.items.push(item);
    this.rise(item);
  }

  remove(item: T): void {
    const last = this.items.pop()!;
    if (last !== item) {
      this.put(last, item.place);
      this.settle(last);
    }
    item.place = -1;
  }

  /** Its priority or order has changed. */
  settle(item: T): void {
    this.rise(item);
    this.sink(item);
  }

  private put(item: T, place: number): void {
    this.items[place] = item;
    item.place = place;
  }

  private rise(item: T): void {
    let { place } = item;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.items[above]!;
      if (goesBefore(other, item)) break;
      this.put(other, place);
      place = above;
    }
    this.put(item, place);
  }

  private sink(item: T): void {
    const { items } = this;
    let { place } = item;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && goesBefore(items[below + 1]!, items[below]!)) below++;
      const other = items[below]!;
      if (goesBefore(item, other)) break;
      this.put(other, place);
      place = below;
    }
    this.put(item, place);
  }
}

export function goesBefore(a: HeapItem, b: HeapItem): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}
