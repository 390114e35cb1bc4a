import { CHAIN, HASH, HashIndex } from '../../base/offheap/hash-index';
import { Slab } from '../../base/offheap/slab';
import { BOUND_UP, FIRST_DOWN, FIRST_UP, type NodeTable } from './node-table';

// Words of an edge; 0 and 1 are HASH and CHAIN.
export const SOURCE = 2;
export const DEPENDENT = 3;
export const NEXT_DOWN = 4;
export const PREV_DOWN = 5;
export const NEXT_UP = 6;
export const PREV_UP = 7;
/** DECLARED, BOUND or both. */
export const KINDS = 8;
const WORDS = 10;

/** Outlives values, until it is removed. */
export const DECLARED = 1;
/** Goes with the dependent's value. */
export const BOUND = 2;

function hashPair(source: number, dependent: number): number {
  let h = Math.imul(source, 0xcc9e2d51) ^ Math.imul(dependent, 0x1b873593);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}

/** Edges between nodes: one record a pair, in the list of the source and in that of the dependent. */
export class EdgeTable {
  readonly slab = new Slab(WORDS);
  private readonly index = new HashIndex(this.slab);

  constructor(private readonly nodes: NodeTable) {}

  get bytesReserved(): number {
    return this.slab.bytesReserved + this.index.bytesReserved;
  }

  find(source: number, dependent: number): number {
    const { slab } = this;
    for (let edge = this.index.first(hashPair(source, dependent)); edge !== 0; edge = slab.get(edge, CHAIN)) {
      if (slab.get(edge, SOURCE) === source && slab.get(edge, DEPENDENT) === dependent) return edge;
    }
    return 0;
  }

  /** An edge that is not there yet, of no kind. */
  create(source: number, dependent: number): number {
    const { slab } = this;
    const edge = slab.allocate();
    const hash = hashPair(source, dependent);
    slab.set(edge, HASH, hash);
    slab.set(edge, SOURCE, source);
    slab.set(edge, DEPENDENT, dependent);
    this.index.insert(hash, edge);
    this.push(edge, source, FIRST_DOWN, NEXT_DOWN, PREV_DOWN);
    this.push(edge, dependent, FIRST_UP, NEXT_UP, PREV_UP);
    return edge;
  }

  addKind(edge: number, kind: number): void {
    const { slab } = this;
    const kinds = slab.get(edge, KINDS);
    if ((kinds & kind) !== 0) return;
    slab.set(edge, KINDS, kinds | kind);
    if (kind !== BOUND) return;
    const dependent = slab.get(edge, DEPENDENT);
    this.nodes.slab.set(dependent, BOUND_UP, this.nodes.slab.get(dependent, BOUND_UP) + 1);
    if (slab.get(edge, PREV_UP) === 0) return;
    this.take(edge, dependent, FIRST_UP, NEXT_UP, PREV_UP);
    this.push(edge, dependent, FIRST_UP, NEXT_UP, PREV_UP);
  }

  /** Takes a kind off the edge; whether it is of another kind too. One left without a kind is the caller's to free. */
  dropKind(edge: number, kind: number): boolean {
    const { slab } = this;
    const kinds = slab.get(edge, KINDS);
    if ((kinds & kind & BOUND) !== 0) {
      const dependent = slab.get(edge, DEPENDENT);
      this.nodes.slab.set(dependent, BOUND_UP, this.nodes.slab.get(dependent, BOUND_UP) - 1);
    }
    slab.set(edge, KINDS, kinds & ~kind);
    return (kinds & ~kind) !== 0;
  }

  free(edge: number): void {
    const { slab } = this;
    this.index.remove(slab.get(edge, HASH), edge);
    this.take(edge, slab.get(edge, SOURCE), FIRST_DOWN, NEXT_DOWN, PREV_DOWN);
    this.take(edge, slab.get(edge, DEPENDENT), FIRST_UP, NEXT_UP, PREV_UP);
    slab.free(edge);
  }

  private push(edge: number, node: number, first: number, next: number, prev: number): void {
    const { slab } = this;
    const second = this.nodes.slab.get(node, first);
    slab.set(edge, next, second);
    slab.set(edge, prev, 0);
    if (second !== 0) slab.set(second, prev, edge);
    this.nodes.slab.set(node, first, edge);
  }

  private take(edge: number, node: number, first: number, next: number, prev: number): void {
    const { slab } = this;
    const before = slab.get(edge, prev);
    const after = slab.get(edge, next);
    if (before === 0) this.nodes.slab.set(node, first, after);
    else slab.set(before, next, after);
    if (after !== 0) slab.set(after, prev, before);
  }
}
