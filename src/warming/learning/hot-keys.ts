/** Weights grow by at most 2 to this before all counts are brought down again. */
const EXPONENT_MAX = 256;
const ROOM_FIRST = 256;
/** Beside its own bytes: the string's head, its places in the Map, the heap and the arrays. */
const BYTES_PER_KEY = 96;

export interface HotKey {
  name: string;
  /** Uses, decayed to now. At most `error` too many. */
  count: number;
  error: number;
}

/**
 * The most used of many keys, with decaying counts, in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi 2005) with
 * forward decay (Cormode et al. 2009). A use counts 2^(t / half-life), so what is old need not be touched to weigh less. A
 * new key takes the place of the least used one and inherits its count as its possible error: so a count is never too low,
 * and too high by at most all uses / keysMax.
 */
export class HotKeys {
  private names: string[] = [];
  private counts = new Float64Array(0);
  private errors = new Float64Array(0);
  /** Least used first; `place` is where an item stands in it. */
  private heap = new Uint32Array(0);
  private place = new Uint32Array(0);
  private readonly items = new Map<string, number>();
  private zeroMs = 0;
  private nameBytes = 0;
  /** An item stands for another key from now on. */
  onReplaced: (item: number) => void = () => {};

  constructor(
    readonly keysMax: number,
    private halfLifeMs: number,
  ) {}

  get size(): number {
    return this.names.length;
  }

  get sizeBytes(): number {
    return this.nameBytes + this.size * BYTES_PER_KEY;
  }

  /** Uses of a key; its item, -1 if there is room for none. Time must not go back by much. */
  add(name: string, uses: number, nowMs: number): number {
    const weight = uses * this.scaleAt(nowMs);
    const known = this.items.get(name);
    if (known !== undefined) {
      this.counts[known]! += weight;
      this.sink(this.place[known]!);
      return known;
    }
    if (this.keysMax === 0) return -1;
    return this.size < this.keysMax ? this.append(name, weight, 0) : this.replaceLeast(name, weight);
  }

  /** What was saved, as it counts now. False: there is no room, or it is there. */
  restore(key: HotKey, nowMs: number): boolean {
    if (this.size >= this.keysMax || this.items.has(key.name)) return false;
    const scale = this.scaleAt(nowMs);
    this.append(key.name, key.count * scale, key.error * scale);
    return true;
  }

  itemOf(name: string): number {
    return this.items.get(name) ?? -1;
  }

  nameOf(item: number): string {
    return this.names[item]!;
  }

  /** Decayed to now; at most `errorOf` too many. */
  countOf(item: number, nowMs: number): number {
    return this.counts[item]! / this.scaleAt(nowMs);
  }

  errorOf(item: number, nowMs: number): number {
    return this.errors[item]! / this.scaleAt(nowMs);
  }

  /** Uses that were surely seen. */
  surelyOf(item: number, nowMs: number): number {
    return (this.counts[item]! - this.errors[item]!) / this.scaleAt(nowMs);
  }

  /** Uses a ms at the present pace. */
  rateOf(item: number, nowMs: number): number {
    return (this.surelyOf(item, nowMs) * Math.LN2) / this.halfLifeMs;
  }

  setHalfLife(halfLifeMs: number, nowMs: number): void {
    this.rebase(nowMs);
    this.halfLifeMs = halfLifeMs;
  }

  clear(): void {
    this.names = [];
    this.items.clear();
    this.nameBytes = 0;
  }

  private scaleAt(nowMs: number): number {
    if (this.zeroMs === 0) this.zeroMs = nowMs;
    if (nowMs - this.zeroMs > EXPONENT_MAX * this.halfLifeMs) this.rebase(nowMs);
    return 2 ** ((nowMs - this.zeroMs) / this.halfLifeMs);
  }

  /** Counts as they are now, so that weights begin at 1 again. */
  private rebase(nowMs: number): void {
    const factor = 2 ** -((nowMs - this.zeroMs) / this.halfLifeMs);
    for (let item = 0; item < this.size; item++) {
      this.counts[item]! *= factor;
      this.errors[item]! *= factor;
    }
    this.zeroMs = nowMs;
  }

  private append(name: string, count: number, error: number): number {
    const item = this.size;
    if (item === this.counts.length) this.grow();
    this.names.push(name);
    this.items.set(name, item);
    this.nameBytes += name.length;
    this.counts[item] = count;
    this.errors[item] = error;
    this.put(item, item);
    this.rise(item);
    this.onReplaced(item);
    return item;
  }

  private replaceLeast(name: string, weight: number): number {
    const item = this.heap[0]!;
    const old = this.names[item]!;
    this.items.delete(old);
    this.items.set(name, item);
    this.nameBytes += name.length - old.length;
    this.names[item] = name;
    this.errors[item] = this.counts[item]!;
    this.counts[item]! += weight;
    this.sink(0);
    this.onReplaced(item);
    return item;
  }

  private grow(): void {
    const room = Math.min(this.keysMax, Math.max(ROOM_FIRST, 2 * this.counts.length));
    const grown = <T extends Float64Array | Uint32Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.counts = grown(new Float64Array(room), this.counts);
    this.errors = grown(new Float64Array(room), this.errors);
    this.heap = grown(new Uint32Array(room), this.heap);
    this.place = grown(new Uint32Array(room), this.place);
  }

  private put(at: number, item: number): void {
    this.heap[at] = item;
    this.place[item] = at;
  }

  private rise(from: number): void {
    const { heap, counts } = this;
    const item = heap[from]!;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (counts[heap[above]!]! <= counts[item]!) break;
      this.put(at, heap[above]!);
      at = above;
    }
    this.put(at, item);
  }

  private sink(from: number): void {
    const { heap, counts, size } = this;
    const item = heap[from]!;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && counts[heap[below + 1]!]! < counts[heap[below]!]!) below++;
      if (counts[heap[below]!]! >= counts[item]!) break;
      this.put(at, heap[below]!);
      at = below;
    }
    this.put(at, item);
  }
}
