import { Chunked } from './chunked';

/** Names of one shard at the most before it is split: a JavaScript Map is rebuilt as it grows, all at once. */
const SHARD_NAMES_MAX = 4096;
/** Characters from each end of a name that choose its shard. */
const HASHED_CHARS = 12;

/** Only spreads names over shards; the Map in each has a hash of its own that nobody can aim at. */
function spread(name: string): number {
  const { length } = name;
  let hash = length;
  const head = Math.min(HASHED_CHARS, length);
  for (let i = 0; i < head; i++) hash = Math.imul(hash, 31) + name.charCodeAt(i);
  for (let i = Math.max(head, length - HASHED_CHARS); i < length; i++) hash = Math.imul(hash, 31) + name.charCodeAt(i);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

/**
 * Names with a value each, dense: the names have places 0 to length - 1, for picking one at random and for SCAN. A name that
 * is deleted is replaced by the last one. Names are found by Maps that are split one by one as the table grows (linear
 * hashing), so that no single insert takes long.
 */
export class Table<V> {
  private readonly names = new Chunked<string>();
  private readonly values = new Chunked<V>();
  private readonly shards: Map<string, number>[] = [new Map()];
  /** Shards when this round of splitting began, and how many of them are split. */
  private round = 1;
  private splits = 0;

  get length(): number {
    return this.names.length;
  }

  /** The name's place, or -1. */
  placeOf(name: string): number {
    return this.shardOf(name).get(name) ?? -1;
  }

  nameAt(place: number): string {
    return this.names.get(place);
  }

  valueAt(place: number): V {
    return this.values.get(place);
  }

  setAt(place: number, value: V): void {
    this.values.set(place, value);
  }

  /** A name that is not there. */
  add(name: string, value: V): void {
    this.shardOf(name).set(name, this.names.length);
    this.names.push(name);
    this.values.push(value);
    if (this.names.length > this.shards.length * SHARD_NAMES_MAX) this.split();
  }

  deleteAt(place: number): void {
    const name = this.names.get(place);
    this.shardOf(name).delete(name);
    const lastName = this.names.pop();
    const lastValue = this.values.pop();
    if (place === this.names.length) return;
    this.names.set(place, lastName);
    this.values.set(place, lastValue);
    this.shardOf(lastName).set(lastName, place);
  }

  /**
   * Visits about `count` places from a cursor, 0 at first; returns the next, 0 at the end. From the last place down: what
   * takes a deleted one's place comes from places already visited, so nothing that stays is missed.
   */
  scan(cursor: number, count: number, each: (name: string, value: V) => void): number {
    let place = cursor === 0 ? this.length : Math.min(cursor, this.length);
    for (let left = count; left > 0 && place > 0; left--) {
      place--;
      each(this.names.get(place), this.values.get(place));
    }
    return place;
  }

  private shardOf(name: string): Map<string, number> {
    const { shards } = this;
    if (shards.length === 1) return shards[0]!;
    return shards[this.indexOf(spread(name))]!;
  }

  private indexOf(hash: number): number {
    const index = hash & (this.round - 1);
    return index < this.splits ? hash & (2 * this.round - 1) : index;
  }

  private split(): void {
    const { shards } = this;
    const from = shards[this.splits]!;
    const to = new Map<string, number>();
    const target = shards.length;
    shards.push(to);
    if (++this.splits === this.round) {
      this.round *= 2;
      this.splits = 0;
    }
    for (const [name, place] of from) {
      if (this.indexOf(spread(name)) !== target) continue;
      to.set(name, place);
      from.delete(name);
    }
  }
}
