/** Of the hashes that are given: 31 bits. */
const HASHES = 2 ** 31;
/** Places of the order of use, before it is numbered anew. */
const PLACES_PER_KEY = 4;

/**
 * Reuse distances of a sample of the keys: how many bytes of other keys were used since a key was used before. Keys are
 * sampled by their hash, those below a threshold; when there are more than `keysMax`, the highest hash goes and the threshold
 * comes down to it (SHARDS with a fixed size, Waldspurger et al., FAST 2015). Keys with equal hashes are one. An access costs
 * O(log keysMax); about 60 bytes a key.
 */
export class ReuseStack {
  /** Hashes below it are sampled. */
  threshold: number;
  private readonly indexOf = new Map<number, number>();
  private readonly hashes: Uint32Array;
  private readonly sizes: Float64Array;
  /** Its place in the order of use; later uses have higher ones. */
  private readonly places: Uint32Array;
  /** Indexes of keys, the highest hash first. */
  private readonly heap: Uint32Array;
  /** Bytes by place, as a Fenwick tree, and whose place it is (index + 1). */
  private readonly sums: Float64Array;
  private readonly owners: Uint32Array;
  private next = 1;
  private totalBytes = 0;

  /** `shareMax`: of all hashes, 0 to 1, however few keys there are. */
  constructor(
    private readonly keysMax: number,
    shareMax = 1,
  ) {
    this.threshold = Math.floor(HASHES * shareMax);
    this.hashes = new Uint32Array(keysMax + 1);
    this.sizes = new Float64Array(keysMax + 1);
    this.places = new Uint32Array(keysMax + 1);
    this.heap = new Uint32Array(keysMax + 1);
    this.sums = new Float64Array(keysMax * PLACES_PER_KEY + 1);
    this.owners = new Uint32Array(keysMax * PLACES_PER_KEY + 1);
  }

  get size(): number {
    return this.indexOf.size;
  }

  /** How many keys one of them stands for. */
  get oneOf(): number {
    return HASHES / this.threshold;
  }

  /** Of the keys sampled. */
  get meanBytes(): number {
    return this.size === 0 ? 0 : this.totalBytes / this.size;
  }

  get memoryBytes(): number {
    const arrays = [this.hashes, this.sizes, this.places, this.heap, this.sums, this.owners];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) + this.keysMax * 40;
  }

  /**
   * A key was used. Returns the bytes that a cache needs to have it still, its own included; 0 for the first use that is known
   * of. `sizeBytes` 0: not known; its last size, or the mean, is taken.
   */
  use(hash: number, sizeBytes: number): number {
    const index = this.indexOf.get(hash);
    if (index === undefined) {
      this.add(hash, sizeBytes || this.meanBytes);
      return 0;
    }
    const size = sizeBytes || this.sizes[index]!;
    const place = this.places[index]!;
    const since = this.totalBytes - this.sumTo(place);
    this.leave(index);
    this.enter(index, size);
    return (since + size) * this.oneOf;
  }

  private add(hash: number, sizeBytes: number): void {
    const index = this.size === this.keysMax ? this.takeHighest(hash) : this.size;
    if (index < 0) return;
    this.indexOf.set(hash, index);
    this.hashes[index] = hash;
    this.push(index);
    this.enter(index, sizeBytes);
  }

  /** Makes room for a hash: the index that is free now, or -1 if this hash is the highest itself. */
  private takeHighest(hash: number): number {
    const index = this.heap[0]!;
    const highest = this.hashes[index]!;
    if (hash >= highest) {
      this.threshold = hash;
      return -1;
    }
    this.threshold = highest;
    this.indexOf.delete(highest);
    this.leave(index);
    this.pop();
    return index;
  }

  private leave(index: number): void {
    const place = this.places[index]!;
    this.owners[place] = 0;
    this.change(place, -this.sizes[index]!);
    this.totalBytes -= this.sizes[index]!;
  }

  private enter(index: number, sizeBytes: number): void {
    if (this.next === this.sums.length) this.renumber();
    const place = this.next++;
    this.places[index] = place;
    this.sizes[index] = sizeBytes;
    this.owners[place] = index + 1;
    this.change(place, sizeBytes);
    this.totalBytes += sizeBytes;
  }

  /** Closes the gaps, so that places are left; less than a millisecond for 8,192 keys. */
  private renumber(): void {
    const { owners, places, sizes, sums } = this;
    let place = 1;
    for (let from = 1; from < owners.length; from++) {
      const owner = owners[from]!;
      if (owner === 0) continue;
      owners[from] = 0;
      owners[place] = owner;
      places[owner - 1] = place++;
    }
    this.next = place;
    sums.fill(0);
    this.totalBytes = 0;
    for (let at = 1; at < place; at++) {
      sums[at] = sizes[owners[at]! - 1]!;
      this.totalBytes += sums[at]!;
    }
    for (let at = 1; at < sums.length; at++) {
      const above = at + (at & -at);
      if (above < sums.length) sums[above]! += sums[at]!;
    }
  }

  private sumTo(place: number): number {
    let sum = 0;
    for (let at = place; at > 0; at -= at & -at) sum += this.sums[at]!;
    return sum;
  }

  private change(place: number, by: number): void {
    for (let at = place; at < this.sums.length; at += at & -at) this.sums[at]! += by;
  }

  // --- the heap: as many as there are keys, but for the one being moved -----------------------------------------------

  private push(index: number): void {
    const { heap, hashes } = this;
    let at = this.size - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (hashes[heap[parent]!]! >= hashes[index]!) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = index;
  }

  /** Takes the first out; its hash is no key any more. */
  private pop(): void {
    const { heap, hashes } = this;
    const count = this.size;
    const last = heap[count]!;
    let at = 0;
    for (let child = 1; child < count; child = 2 * at + 1) {
      if (child + 1 < count && hashes[heap[child + 1]!]! > hashes[heap[child]!]!) child++;
      if (hashes[heap[child]!]! <= hashes[last]!) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
