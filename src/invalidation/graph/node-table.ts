import { type Bytes, Span } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { KeyHash } from '../../base/key-hash';
import { CHAIN, HASH, HashIndex } from '../../base/offheap/hash-index';
import { Slab } from '../../base/offheap/slab';
import { NAME_BYTES_MAX, NameStore } from '../name-store';

// Words of a node; 0 and 1 are HASH and CHAIN.
const KEY = 2;
const KEY_BYTES = 3;
export const DB = 4;
/** Edges to its sources, the bound ones among the first. */
export const FIRST_UP = 5;
/** Edges to its dependents. */
export const FIRST_DOWN = 6;
/** Edges up that are bound. */
export const BOUND_UP = 7;
/** Number of the last walk that came by. */
export const STAMP = 8;
/** The node from which that walk came. */
export const VIA = 9;
/** Walks that hold the node; it is not freed meanwhile. */
const PINS = 10;
const WORDS = 12;

/** Keys that take part in the graph: records by database and key bytes. A node without edges is freed. */
export class NodeTable {
  readonly slab = new Slab(WORDS);
  private readonly names = new NameStore();
  private readonly index = new HashIndex(this.slab);
  private readonly hasher: KeyHash;
  private stamp = 0;

  constructor(
    seed: number,
    private readonly keyBytesMax: number,
  ) {
    this.hasher = KeyHash.ofSeed(seed);
  }

  get bytesUsed(): number {
    return this.slab.bytesUsed + this.names.bytesUsed;
  }

  get bytesReserved(): number {
    return this.slab.bytesReserved + this.names.bytesReserved + this.index.bytesReserved;
  }

  find(db: number, key: Bytes): number {
    const hash = this.hash(db, key);
    const { slab, names } = this;
    const length = key.end - key.start;
    for (let node = this.index.first(hash); node !== 0; node = slab.get(node, CHAIN)) {
      if (slab.get(node, HASH) !== hash || slab.get(node, DB) !== db || slab.get(node, KEY_BYTES) !== length) continue;
      if (names.equals(slab.get(node, KEY), length, key.buf, key.start)) return node;
    }
    return 0;
  }

  /** Throws Fault if the key is too long to take part. */
  checkKey(key: Bytes): void {
    const max = Math.min(this.keyBytesMax, NAME_BYTES_MAX);
    if (key.end - key.start > max) throw new Fault(`ERR key too long (limit dependency-key-bytes-max ${max})`);
  }

  intern(db: number, key: Bytes): number {
    const known = this.find(db, key);
    if (known !== 0) return known;
    const { slab } = this;
    const node = slab.allocate();
    const hash = this.hash(db, key);
    slab.set(node, HASH, hash);
    slab.set(node, DB, db);
    slab.set(node, KEY, this.names.put(key.buf, key.start, key.end));
    slab.set(node, KEY_BYTES, key.end - key.start);
    this.index.insert(hash, node);
    return node;
  }

  /** Frees the node if it has no edges and nobody holds it. */
  release(node: number): void {
    const { slab } = this;
    if (slab.get(node, FIRST_UP) !== 0 || slab.get(node, FIRST_DOWN) !== 0 || slab.get(node, PINS) !== 0) return;
    this.index.remove(slab.get(node, HASH), node);
    this.names.free(slab.get(node, KEY), slab.get(node, KEY_BYTES));
    slab.free(node);
  }

  pin(node: number): void {
    this.slab.set(node, PINS, this.slab.get(node, PINS) + 1);
  }

  unpin(node: number): void {
    this.slab.set(node, PINS, this.slab.get(node, PINS) - 1);
    this.release(node);
  }

  isPinned(node: number): boolean {
    return this.slab.get(node, PINS) > 0;
  }

  /** The node's key, good as long as the node is. */
  key(node: number, into = new Span(Buffer.alloc(0))): Span {
    const handle = this.slab.get(node, KEY);
    const start = this.names.offsetOf(handle);
    return into.point(this.names.chunkOf(handle), start, start + this.slab.get(node, KEY_BYTES));
  }

  latin1(node: number): string {
    return this.names.latin1(this.slab.get(node, KEY), this.slab.get(node, KEY_BYTES));
  }

  /** Whether the slot is a node's; slots are from 1 to `slab.top`. */
  isNode(slot: number): boolean {
    return this.slab.get(slot, KEY) > 0;
  }

  /** `count` numbers no node is stamped with; the first of them. */
  nextStamps(count: number): number {
    const first = this.stamp + 1;
    this.stamp += count;
    if (this.stamp < 0x7fff_0000) return first;
    for (let node = 1; node <= this.slab.top; node++) if (this.isNode(node)) this.slab.set(node, STAMP, 0);
    this.stamp = count;
    return 1;
  }

  private hash(db: number, key: Bytes): number {
    return this.hasher.hash(db, key.buf, key.start, key.end);
  }
}
