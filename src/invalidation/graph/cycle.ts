import { Fault } from '../../base/fault';
import { DEPENDENT, type EdgeTable, NEXT_DOWN, NEXT_UP, SOURCE } from './edge-table';
import { FIRST_DOWN, FIRST_UP, type NodeTable, STAMP, VIA } from './node-table';
import { SlotQueue } from './slot-queue';

/** Keys of a cycle that a Fault names; the middle of a longer one is counted. */
const NAMED_MAX = 16;
const NAME_CHARS_MAX = 128;

/** One of the two searches: breadth first from one end, edge by edge. */
interface Search {
  queue: SlotQueue;
  edge: number;
  /** The node whose edges are followed now. */
  node: number;
  stamp: number;
  first: typeof FIRST_DOWN | typeof FIRST_UP;
  next: typeof NEXT_DOWN | typeof NEXT_UP;
  end: typeof DEPENDENT | typeof SOURCE;
}

/**
 * Throws Fault if an edge from `source` to `dependent` would close a cycle, that is if the source hangs on the dependent
 * already. Searches down from the dependent and up from the source in turn, until one side is exhausted (no cycle), the
 * two meet (a cycle, named in the Fault), or `visitsMax` edges were followed (Fault naming the limit). A dependent on
 * which nothing depends, and a source that depends on nothing, cost nothing.
 */
export function refuseCycle(
  nodes: NodeTable,
  edges: EdgeTable,
  dependent: number,
  source: number,
  visitsMax: number,
): void {
  if (nodes.slab.get(dependent, FIRST_DOWN) === 0 || nodes.slab.get(source, FIRST_UP) === 0) return;
  const stamps = nodes.nextStamps(2);
  const down = begin(nodes, dependent, stamps, FIRST_DOWN, NEXT_DOWN, DEPENDENT);
  const up = begin(nodes, source, stamps + 1, FIRST_UP, NEXT_UP, SOURCE);
  for (let visits = 0; visits < visitsMax; visits += 2) {
    if (!advance(nodes, edges, down, up)) return;
    if (!advance(nodes, edges, up, down)) return;
  }
  throw new Fault(`ERR dependency graph too large to check for cycles (limit dependency-visits-max ${visitsMax})`);
}

/** The Fault for an edge from a key to itself. */
export function selfEdge(nodes: NodeTable, node: number): Fault {
  return faultOf([nodes.latin1(node), nodes.latin1(node)]);
}

function begin(
  nodes: NodeTable,
  node: number,
  stamp: number,
  first: Search['first'],
  next: Search['next'],
  end: Search['end'],
): Search {
  nodes.slab.set(node, STAMP, stamp);
  nodes.slab.set(node, VIA, 0);
  return { queue: new SlotQueue(), edge: nodes.slab.get(node, first), node, stamp, first, next, end };
}

/** Follows one edge; false if there is none left. Throws when it meets the other search. */
function advance(nodes: NodeTable, edges: EdgeTable, search: Search, other: Search): boolean {
  const { slab } = nodes;
  while (search.edge === 0) {
    search.node = search.queue.shift();
    if (search.node === 0) return false;
    search.edge = slab.get(search.node, search.first);
  }
  const reached = edges.slab.get(search.edge, search.end);
  search.edge = edges.slab.get(search.edge, search.next);
  const stamp = slab.get(reached, STAMP);
  if (stamp === other.stamp) throw faultOf(cycleThrough(nodes, search, reached));
  if (stamp === search.stamp) return true;
  slab.set(reached, STAMP, search.stamp);
  slab.set(reached, VIA, search.node);
  search.queue.push(reached);
  return true;
}

/** The keys from the new dependent to its new source, on to what that hangs on, and back to the dependent. */
function cycleThrough(nodes: NodeTable, search: Search, met: number): string[] {
  const [down, up] = search.end === DEPENDENT ? [search.node, met] : [met, search.node];
  // `up` was reached from the source, `down` from the dependent, and `up` hangs on `down`.
  const keys = [...chain(nodes, up).reverse(), ...chain(nodes, down)];
  return [keys.at(-1)!, ...keys];
}

function chain(nodes: NodeTable, from: number): string[] {
  const keys: string[] = [];
  for (let node = from; node !== 0; node = nodes.slab.get(node, VIA)) keys.push(nodes.latin1(node));
  return keys;
}

function faultOf(keys: readonly string[]): Fault {
  const shown = keys.length <= NAMED_MAX ? keys : [...keys.slice(0, NAMED_MAX - 2), ...keys.slice(-2)];
  const names = shown.map(sanitised);
  if (shown.length < keys.length) names.splice(NAMED_MAX - 2, 0, `(${keys.length - shown.length} more)`);
  return new Fault(`ERR dependency cycle: ${names.join(' -> ')}`);
}

/** One line, whatever the key is. */
function sanitised(key: string): string {
  return key.slice(0, NAME_CHARS_MAX).replace(/[\x00-\x1f\x7f]/g, ' ');
}
