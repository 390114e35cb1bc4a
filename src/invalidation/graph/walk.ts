import { type Bytes, Span } from '../../base/bytes';
import { DEPENDENT, type EdgeTable, NEXT_DOWN, NEXT_UP, SOURCE } from './edge-table';
import { DB, FIRST_DOWN, FIRST_UP, type NodeTable, STAMP } from './node-table';
import { SlotQueue } from './slot-queue';

export type Direction = 'up' | 'down';

/** Hears of a node, once; keys are good during the call only. Returning false ends the walk. */
export type Visit = (db: number, key: Bytes, depth: number, via: Bytes) => unknown;

/**
 * A breadth first walk over what hangs on some nodes (down) or what they hang on (up), the nodes themselves left out. It
 * goes on in slices; edges may come and go in between, also in `each`: those not reached yet are followed or not as they
 * are then. A node is visited once; twice if another walk came by it in between.
 */
export class Walk {
  depth = 1;
  private readonly queue = new SlotQueue();
  private readonly stamp: number;
  private readonly first: typeof FIRST_DOWN | typeof FIRST_UP;
  private readonly next: typeof NEXT_DOWN | typeof NEXT_UP;
  private readonly end: typeof DEPENDENT | typeof SOURCE;
  /** The node whose edges are followed, held; 0 if none is. */
  private node = 0;
  /** Its next edge. */
  private edge = 0;
  /** Nodes of this depth that are still to be followed. */
  private left: number;
  private readonly keySpan = new Span(Buffer.alloc(0));
  private readonly viaSpan = new Span(Buffer.alloc(0));

  constructor(
    private readonly nodes: NodeTable,
    private readonly edges: EdgeTable,
    direction: Direction,
    roots: readonly number[],
    private readonly depthMax: number,
  ) {
    const down = direction === 'down';
    this.first = down ? FIRST_DOWN : FIRST_UP;
    this.next = down ? NEXT_DOWN : NEXT_UP;
    this.end = down ? DEPENDENT : SOURCE;
    this.stamp = nodes.nextStamps(1);
    for (const root of roots) {
      if (root === 0 || nodes.slab.get(root, STAMP) === this.stamp) continue;
      nodes.slab.set(root, STAMP, this.stamp);
      nodes.pin(root);
      this.queue.push(root);
    }
    this.left = this.queue.length;
  }

  /** Whether there is nothing left to visit. */
  get done(): boolean {
    return this.node === 0 && this.queue.length === 0;
  }

  /** Follows at most `budget` edges; whether the walk is done. */
  step(budget: number, each: Visit): boolean {
    for (let left = budget; left > 0; left--) {
      if (this.edge === 0 && !this.nextNode()) return true;
      if (this.edge !== 0 && !this.follow(each)) {
        this.stop();
        return true;
      }
    }
    return this.done;
  }

  /** Ends the walk where it is. */
  stop(): void {
    if (this.node !== 0) this.nodes.unpin(this.node);
    for (let node = this.queue.shift(); node !== 0; node = this.queue.shift()) this.nodes.unpin(node);
    this.node = 0;
    this.edge = 0;
  }

  /** The graph says so before it frees an edge. */
  edgeGoes(edge: number): void {
    if (this.edge === edge) this.edge = this.edges.slab.get(edge, this.next);
  }

  /** Goes on to the next node in the queue; false at the end. */
  private nextNode(): boolean {
    if (this.node !== 0) this.nodes.unpin(this.node);
    this.node = this.queue.shift();
    if (this.node === 0) return false;
    if (this.left === 0) {
      this.depth++;
      this.left = this.queue.length + 1;
    }
    this.left--;
    this.edge = this.nodes.slab.get(this.node, this.first);
    return true;
  }

  /** False if `each` ended the walk. */
  private follow(each: Visit): boolean {
    const { nodes } = this;
    const reached = this.edges.slab.get(this.edge, this.end);
    this.edge = this.edges.slab.get(this.edge, this.next);
    if (nodes.slab.get(reached, STAMP) === this.stamp) return true;
    nodes.slab.set(reached, STAMP, this.stamp);
    nodes.pin(reached);
    const via = nodes.key(this.node, this.viaSpan);
    const goOn = each(nodes.slab.get(reached, DB), nodes.key(reached, this.keySpan), this.depth, via) !== false;
    if (goOn && this.depth < this.depthMax && nodes.slab.get(reached, this.first) !== 0) this.queue.push(reached);
    else nodes.unpin(reached);
    return goOn;
  }
}
