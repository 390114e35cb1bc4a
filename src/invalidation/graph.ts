import { type Bytes, latin1Of } from '../base/bytes';
import { Fault } from '../base/fault';
import { auditGraph } from './graph/audit';
import { refuseCycle, selfEdge } from './graph/cycle';
import { BOUND, DECLARED, DEPENDENT, EdgeTable, KINDS, NEXT_DOWN, NEXT_UP, SOURCE } from './graph/edge-table';
import { BOUND_UP, DB, FIRST_DOWN, FIRST_UP, NodeTable } from './graph/node-table';
import { type Direction, type Visit, Walk } from './graph/walk';
import { GRAPH_LIMITS, type GraphLimits } from './limits';

export type { Direction, Visit } from './graph/walk';

/** Edges followed between two looks at whether a whole walk is done. */
const STEP = 65_536;

export interface GraphStats {
  nodes: number;
  edges: number;
  /** Edges bound to a value; those also declared are among them. */
  boundEdges: number;
  bytesUsed: number;
  bytesReserved: number;
}

/** A walk under way: `step` follows at most `budget` edges and says whether it is done. */
export interface Cascade {
  readonly done: boolean;
  step(budget: number): boolean;
  stop(): void;
}

/**
 * Which keys are made from which. An edge leads from a source to its dependent, within one database; it is declared
 * (outlives values) or bound (goes with the dependent's value), or both. There are no cycles.
 */
export class Graph {
  private readonly limits: GraphLimits;
  private nodes!: NodeTable;
  private edges!: EdgeTable;
  private boundEdges = 0;
  private readonly walks: Walk[] = [];

  constructor(
    private readonly seed: number,
    limits: Partial<GraphLimits> = {},
  ) {
    this.limits = { ...GRAPH_LIMITS, ...limits };
    this.reset();
  }

  get isEmpty(): boolean {
    return this.edges.slab.used === 0;
  }

  get edgeCount(): number {
    return this.edges.slab.used;
  }

  get nodeCount(): number {
    return this.nodes.slab.used;
  }

  hasNode(db: number, key: Bytes): boolean {
    return !this.isEmpty && this.nodes.find(db, key) !== 0;
  }

  /** Whether the key depends on anything. */
  hasSources(db: number, key: Bytes): boolean {
    if (this.isEmpty) return false;
    const node = this.nodes.find(db, key);
    return node !== 0 && this.nodes.slab.get(node, FIRST_UP) !== 0;
  }

  /**
   * The key depends on the source from now on. Whether that is a new edge (one that only becomes declared or bound as well
   * is not). Throws Fault naming the cycle that it would close, or the limit that it would exceed; nothing has changed then.
   */
  add(db: number, key: Bytes, source: Bytes, bound = false): boolean {
    const { nodes, edges } = this;
    nodes.checkKey(key);
    nodes.checkKey(source);
    const dependent = nodes.intern(db, key);
    const from = nodes.intern(db, source);
    const known = edges.find(from, dependent);
    if (known === 0) this.refuse(dependent, from);
    const edge = known === 0 ? edges.create(from, dependent) : known;
    if (bound && (edges.slab.get(edge, KINDS) & BOUND) === 0) this.boundEdges++;
    edges.addKind(edge, bound ? BOUND : DECLARED);
    return known === 0;
  }

  /** The key no longer depends on the source; whether it did. */
  remove(db: number, key: Bytes, source: Bytes): boolean {
    const dependent = this.nodes.find(db, key);
    const from = this.nodes.find(db, source);
    const edge = dependent === 0 || from === 0 ? 0 : this.edges.find(from, dependent);
    if (edge === 0) return false;
    this.drop(edge, DECLARED | BOUND);
    return true;
  }

  /** The key depends on nothing any more; how many edges went. */
  removeAll(db: number, key: Bytes): number {
    const dependent = this.nodes.find(db, key);
    if (dependent === 0) return 0;
    let removed = 0;
    this.nodes.pin(dependent);
    for (; this.nodes.slab.get(dependent, FIRST_UP) !== 0; removed++) {
      this.drop(this.nodes.slab.get(dependent, FIRST_UP), DECLARED | BOUND);
    }
    this.nodes.unpin(dependent);
    return removed;
  }

  /** The key's value is gone: its bound edges go too; how many were bound. */
  removeBound(db: number, key: Bytes): number {
    if (this.boundEdges === 0) return 0;
    const { nodes, edges } = this;
    const dependent = nodes.find(db, key);
    if (dependent === 0) return 0;
    let removed = 0;
    nodes.pin(dependent);
    for (let edge = nodes.slab.get(dependent, FIRST_UP); nodes.slab.get(dependent, BOUND_UP) > 0; ) {
      const next = edges.slab.get(edge, NEXT_UP);
      if ((edges.slab.get(edge, KINDS) & BOUND) !== 0) {
        this.drop(edge, BOUND);
        removed++;
      }
      edge = next;
    }
    nodes.unpin(dependent);
    return removed;
  }

  /** What the key depends on, at first hand, as latin1. */
  sources(db: number, key: Bytes): string[] {
    return this.neighbours(db, key, FIRST_UP, NEXT_UP, SOURCE, DECLARED | BOUND);
  }

  boundSources(db: number, key: Bytes): string[] {
    return this.neighbours(db, key, FIRST_UP, NEXT_UP, SOURCE, BOUND);
  }

  declaredSources(db: number, key: Bytes): string[] {
    return this.neighbours(db, key, FIRST_UP, NEXT_UP, SOURCE, DECLARED);
  }

  /** What depends on the key, at first hand, as latin1. */
  dependents(db: number, key: Bytes): string[] {
    return this.neighbours(db, key, FIRST_DOWN, NEXT_DOWN, DEPENDENT, DECLARED | BOUND);
  }

  /** Visits what the key depends on (up) or what depends on it (down), breadth first, until `each` returns false. */
  walk(db: number, key: Bytes, direction: Direction, depthMax: number, each: Visit): void {
    this.finish(new Walk(this.nodes, this.edges, direction, [this.nodes.find(db, key)], depthMax), each);
  }

  /** Visits all that depends on the key, breadth first. `each` may change the graph. */
  cascade(db: number, key: Bytes, each: Visit): void {
    this.walk(db, key, 'down', Number.POSITIVE_INFINITY, each);
  }

  /** The same from many keys, in slices. Run one after the other, not side by side. */
  beginCascade(db: number, keys: readonly Bytes[], each: Visit): Cascade {
    const roots = keys.map((key) => this.nodes.find(db, key));
    const walk = new Walk(this.nodes, this.edges, 'down', roots, Number.POSITIVE_INFINITY);
    this.walks.push(walk);
    return {
      get done() {
        return walk.done;
      },
      step: (budget) => {
        if (!walk.step(budget, each)) return false;
        this.end(walk);
        return true;
      },
      stop: () => this.end(walk),
    };
  }

  /** All keys that something depends on, until `each` returns false. It may not change the graph. */
  eachSource(each: (db: number, key: Bytes) => unknown): void {
    this.scanSources(0, this.nodes.slab.top, each);
  }

  /** The same in slices of about `budget` nodes: returns the next cursor, 0 at the end. */
  scanSources(cursor: number, budget: number, each: (db: number, key: Bytes) => unknown): number {
    const { nodes } = this;
    const end = Math.min(nodes.slab.top, cursor + budget);
    for (let node = cursor + 1; node <= end; node++) {
      if (!nodes.isNode(node) || nodes.slab.get(node, FIRST_DOWN) === 0) continue;
      if (each(nodes.slab.get(node, DB), nodes.key(node)) === false) return 0;
    }
    return end === nodes.slab.top ? 0 : end;
  }

  /** Drops all edges at once; walks under way end. */
  clear(): void {
    for (const walk of this.walks.splice(0)) walk.stop();
    this.reset();
  }

  stats(): GraphStats {
    const { nodes, edges, boundEdges } = this;
    return {
      nodes: nodes.slab.used,
      edges: edges.slab.used,
      boundEdges,
      bytesUsed: nodes.bytesUsed + edges.slab.bytesUsed,
      bytesReserved: nodes.bytesReserved + edges.bytesReserved,
    };
  }

  /** Throws BrokenInvariant if lists and counts disagree or there is a cycle. Visits everything. */
  audit(): void {
    auditGraph(this.nodes, this.edges, this.boundEdges);
  }

  private reset(): void {
    this.nodes = new NodeTable(this.seed, this.limits.keyBytesMax);
    this.edges = new EdgeTable(this.nodes);
    this.boundEdges = 0;
  }

  /** Throws Fault if the new edge may not be; nodes made for it are gone then. */
  private refuse(dependent: number, source: number): void {
    const { nodes, edges, limits } = this;
    try {
      if (dependent === source) throw selfEdge(nodes, dependent);
      if (edges.slab.used >= limits.edgesMax) {
        throw new Fault(`ERR too many dependencies (limit dependency-edges-max ${limits.edgesMax})`);
      }
      refuseCycle(nodes, edges, dependent, source, limits.visitsMax);
    } catch (fault) {
      nodes.release(dependent);
      if (dependent !== source) nodes.release(source);
      throw fault;
    }
  }

  /** Takes kinds off an edge, and frees it and its nodes if nothing is left of them. */
  private drop(edge: number, kinds: number): void {
    const { nodes, edges } = this;
    if ((edges.slab.get(edge, KINDS) & kinds & BOUND) !== 0) this.boundEdges--;
    if (edges.dropKind(edge, kinds)) return;
    const source = edges.slab.get(edge, SOURCE);
    const dependent = edges.slab.get(edge, DEPENDENT);
    for (const walk of this.walks) walk.edgeGoes(edge);
    edges.free(edge);
    nodes.release(source);
    nodes.release(dependent);
  }

  private finish(walk: Walk, each: Visit): void {
    this.walks.push(walk);
    try {
      while (!walk.step(STEP, each));
    } finally {
      this.end(walk);
    }
  }

  private end(walk: Walk): void {
    walk.stop();
    const at = this.walks.indexOf(walk);
    if (at !== -1) this.walks.splice(at, 1);
  }

  private neighbours(
    db: number,
    key: Bytes,
    first: typeof FIRST_UP | typeof FIRST_DOWN,
    next: typeof NEXT_UP | typeof NEXT_DOWN,
    end: typeof SOURCE | typeof DEPENDENT,
    kinds: number,
  ): string[] {
    const { nodes, edges } = this;
    const keys: string[] = [];
    const node = this.isEmpty ? 0 : nodes.find(db, key);
    if (node === 0) return keys;
    for (let edge = nodes.slab.get(node, first); edge !== 0; edge = edges.slab.get(edge, next)) {
      if ((edges.slab.get(edge, KINDS) & kinds) !== 0) keys.push(latin1Of(nodes.key(edges.slab.get(edge, end))));
    }
    return keys;
  }
}
