/** A power of two. */
const SHARDS = 512;

/**
 * A Map for up to some millions of strings: many small ones, of which only one has to grow at a time. One large Map stands
 * still for most of a second when it does.
 */
export class ShardedMap<V> {
  private readonly shards: (Map<string, V> | undefined)[] = new Array(SHARDS);
  /** Where `next` is in each: one begun anew would walk over all that was deleted at the front. */
  private readonly walks: (IterableIterator<string> | undefined)[] = new Array(SHARDS);
  private turn = 0;
  size = 0;

  get(key: string): V | undefined {
    return this.shards[shardOf(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.shards[shardOf(key)]?.has(key) === true;
  }

  set(key: string, value: V): void {
    const at = shardOf(key);
    const shard = (this.shards[at] ??= new Map());
    const before = shard.size;
    shard.set(key, value);
    this.size += shard.size - before;
  }

  delete(key: string): boolean {
    if (this.shards[shardOf(key)]?.delete(key) !== true) return false;
    this.size--;
    return true;
  }

  /** One of the keys, another one each time, in about the order in which they came; undefined when there are none. */
  next(): string | undefined {
    if (this.size === 0) return undefined;
    for (;;) {
      this.turn = (this.turn + 1) & (SHARDS - 1);
      const found = this.nextIn(this.turn);
      if (found !== undefined) return found;
    }
  }

  *keys(): IterableIterator<string> {
    for (const shard of this.shards) if (shard !== undefined) yield* shard.keys();
  }

  clear(): void {
    this.shards.fill(undefined);
    this.walks.fill(undefined);
    this.size = 0;
  }

  private nextIn(at: number): string | undefined {
    const shard = this.shards[at];
    if (shard === undefined || shard.size === 0) return undefined;
    const found = this.walks[at]?.next();
    if (found !== undefined && found.done !== true) return found.value;
    const walk = shard.keys();
    this.walks[at] = walk;
    return walk.next().value;
  }
}

/** By the last characters: keys mostly begin alike. */
function shardOf(key: string): number {
  let h = key.length;
  for (let i = Math.max(0, key.length - 8); i < key.length; i++) h = (Math.imul(h, 31) + key.charCodeAt(i)) | 0;
  return (h ^ (h >>> 9)) & (SHARDS - 1);
}
