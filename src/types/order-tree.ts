import { invariant } from '../base/fault';

/** A member of a sorted set, shared by the table that finds it and the tree that orders it. */
export interface Scored {
  readonly member: string;
  readonly score: number;
}

const LEAF_MAX = 64;
const CHILDREN_MAX = 64;
const FEW = 16;

interface Leaf {
  readonly items: Scored[];
  readonly children: null;
  count: number;
}
interface Branch {
  readonly items: null;
  readonly children: Node[];
  count: number;
}
type Node = Leaf | Branch;

/** By score, then by the bytes of the member. */
export function comesBefore(a: Scored, b: Scored): boolean {
  return a.score < b.score || (a.score === b.score && a.member < b.member);
}

/**
 * Members in the order of their scores: a B-tree whose nodes know how many are below them, so that a rank, the member of a
 * rank, an insert and a delete each take O(log n).
 */
export class OrderTree {
  private root: Node = leaf([]);

  get length(): number {
    return this.root.count;
  }

  insert(item: Scored): void {
    const split = insertInto(this.root, item);
    if (split !== null) this.root = branch([this.root, split]);
  }

  /** One that is there. */
  delete(item: Scored): void {
    deleteFrom(this.root, item);
    while (this.root.children !== null && this.root.children.length === 1) this.root = this.root.children[0]!;
    if (this.root.count === 0) this.root = leaf([]);
  }

  /** How many come first, one after the other, for which `isBefore` is true. */
  countBefore(isBefore: (item: Scored) => boolean): number {
    let node = this.root;
    let rank = 0;
    while (node.children !== null) {
      const at = lastBeginning(node.children, isBefore);
      if (at < 0) return rank;
      for (let i = 0; i < at; i++) rank += node.children[i]!.count;
      node = node.children[at]!;
    }
    return rank + firstNot(node.items, isBefore);
  }

  at(rank: number): Scored {
    let node = this.root;
    let left = rank;
    while (node.children !== null) {
      let i = 0;
      while (left >= node.children[i]!.count) left -= node.children[i++]!.count;
      node = node.children[i]!;
    }
    return node.items[left]!;
  }

  /** Visits `count` from `rank` on, upwards or downwards. The visitor may change nothing. */
  each(rank: number, count: number, isDown: boolean, visit: (item: Scored) => void): void {
    if (isDown) walkDown(this.root, rank, count, visit);
    else walkUp(this.root, rank, count, visit);
  }

  audit(): void {
    let last: Scored | null = null;
    this.each(0, this.length, false, (item) => {
      invariant(last === null || comesBefore(last, item), 'sorted set: out of order');
      last = item;
    });
    invariant(countOf(this.root) === this.root.count, 'sorted set: counted wrong');
  }
}

function leaf(items: Scored[]): Leaf {
  return { items, children: null, count: items.length };
}

function branch(children: Node[]): Branch {
  return { items: null, children, count: children.reduce((sum, child) => sum + child.count, 0) };
}

function firstOf(node: Node): Scored {
  let at = node;
  while (at.children !== null) at = at.children[0]!;
  return at.items[0]!;
}

/** The last child whose first item is before; -1 if none is. */
function lastBeginning(children: Node[], isBefore: (item: Scored) => boolean): number {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (isBefore(firstOf(children[mid]!))) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

function firstNot(items: Scored[], isBefore: (item: Scored) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (isBefore(items[mid]!)) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The new right half, if the node had to be split. */
function insertInto(node: Node, item: Scored): Node | null {
  node.count++;
  const isBefore = (other: Scored) => comesBefore(other, item);
  if (node.children === null) {
    node.items.splice(firstNot(node.items, isBefore), 0, item);
    if (node.items.length <= LEAF_MAX) return null;
    const right = leaf(node.items.splice(node.items.length >>> 1));
    node.count = node.items.length;
    return right;
  }
  const { children } = node;
  const at = Math.max(0, lastBeginning(children, isBefore));
  const split = insertInto(children[at]!, item);
  if (split === null) return null;
  children.splice(at + 1, 0, split);
  if (children.length <= CHILDREN_MAX) return null;
  const right = branch(children.splice(children.length >>> 1));
  node.count -= right.count;
  return right;
}

function deleteFrom(node: Node, item: Scored): void {
  node.count--;
  if (node.children === null) {
    const at = firstNot(node.items, (other) => comesBefore(other, item));
    invariant(node.items[at] === item, 'sorted set: a member is not where its score says');
    node.items.splice(at, 1);
    return;
  }
  const { children } = node;
  const at = lastBeginning(children, (other) => !comesBefore(item, other));
  invariant(at >= 0, 'sorted set: a member is not where its score says');
  deleteFrom(children[at]!, item);
  if (children[at]!.count === 0) children.splice(at, 1);
  else if (sizeOf(children[at]!) < FEW) joinNext(children, at);
}

function sizeOf(node: Node): number {
  return node.children === null ? node.items.length : node.children.length;
}

/** Two neighbours with few become one, so that deletes leave no crowd of empty nodes. */
function joinNext(children: Node[], at: number): void {
  const left = children[at + 1] === undefined ? at - 1 : at;
  const [a, b] = [children[left], children[left + 1]];
  if (a === undefined || b === undefined || sizeOf(a) + sizeOf(b) > LEAF_MAX) return;
  if (a.children === null && b.children === null) a.items.push(...b.items);
  else if (a.children !== null && b.children !== null) a.children.push(...b.children);
  a.count += b.count;
  children.splice(left + 1, 1);
}

function walkUp(node: Node, rank: number, count: number, visit: (item: Scored) => void): number {
  let left = count;
  let from = rank;
  if (node.children === null) {
    for (let i = from; i < node.items.length && left > 0; i++, left--) visit(node.items[i]!);
    return left;
  }
  for (const child of node.children) {
    if (left === 0) break;
    if (from < child.count) {
      left = walkUp(child, from, left, visit);
      from = 0;
    } else from -= child.count;
  }
  return left;
}

/** From `rank` (an item of this node, or more than there are) to the front. */
function walkDown(node: Node, rank: number, count: number, visit: (item: Scored) => void): number {
  let left = count;
  if (node.children === null) {
    for (let i = Math.min(rank, node.items.length - 1); i >= 0 && left > 0; i--, left--) visit(node.items[i]!);
    return left;
  }
  let begin = node.count;
  for (let i = node.children.length - 1; i >= 0 && left > 0; i--) {
    const child = node.children[i]!;
    begin -= child.count;
    if (rank >= begin) left = walkDown(child, rank - begin, left, visit);
  }
  return left;
}

function countOf(node: Node): number {
  if (node.children === null) return node.items.length;
  return node.children.reduce((sum, child) => {
    invariant(child.count > 0, 'sorted set: an empty node');
    return sum + countOf(child);
  }, 0);
}
