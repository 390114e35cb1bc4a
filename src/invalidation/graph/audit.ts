import { invariant } from '../../base/fault';
import { BOUND, DEPENDENT, type EdgeTable, KINDS, NEXT_DOWN, NEXT_UP, PREV_DOWN, PREV_UP, SOURCE } from './edge-table';
import { BOUND_UP, DB, FIRST_DOWN, FIRST_UP, type NodeTable } from './node-table';

/** Checks lists, counts and that there is no cycle; throws BrokenInvariant. */
export function auditGraph(nodes: NodeTable, edges: EdgeTable, boundEdges: number): void {
  const found = { nodes: 0, up: 0, down: 0, bound: 0 };
  for (let node = 1; node <= nodes.slab.top; node++) {
    if (!nodes.isNode(node)) continue;
    found.nodes++;
    invariant(nodes.find(nodes.slab.get(node, DB), nodes.key(node)) === node, `node ${node} is not found`);
    const up = auditList(edges, nodes.slab.get(node, FIRST_UP), node, DEPENDENT, NEXT_UP, PREV_UP);
    const down = auditList(edges, nodes.slab.get(node, FIRST_DOWN), node, SOURCE, NEXT_DOWN, PREV_DOWN);
    invariant(up.count + down.count > 0 || nodes.isPinned(node), `node ${node} has no edges`);
    invariant(up.bound === nodes.slab.get(node, BOUND_UP), `node ${node} miscounts its bound edges`);
    found.up += up.count;
    found.down += down.count;
    found.bound += up.bound;
  }
  invariant(found.nodes === nodes.slab.used, `${nodes.slab.used} nodes, found ${found.nodes}`);
  invariant(found.up === edges.slab.used, `${edges.slab.used} edges, found ${found.up} by dependents`);
  invariant(found.down === edges.slab.used, `${edges.slab.used} edges, found ${found.down} by sources`);
  invariant(found.bound === boundEdges, `${boundEdges} bound edges, found ${found.bound}`);
  auditAcyclic(nodes, edges);
}

interface ListAudit {
  count: number;
  bound: number;
}

function auditList(
  edges: EdgeTable,
  first: number,
  node: number,
  end: typeof SOURCE | typeof DEPENDENT,
  next: typeof NEXT_UP | typeof NEXT_DOWN,
  prev: typeof PREV_UP | typeof PREV_DOWN,
): ListAudit {
  const { slab } = edges;
  const found = { count: 0, bound: 0 };
  let before = 0;
  for (let edge = first; edge !== 0; edge = slab.get(edge, next)) {
    invariant(slab.get(edge, end) === node, `edge ${edge} is another node's than ${node}`);
    invariant(slab.get(edge, prev) === before, `edge ${edge} has a wrong neighbour`);
    invariant(slab.get(edge, KINDS) !== 0, `edge ${edge} is of no kind`);
    invariant(edges.find(slab.get(edge, SOURCE), slab.get(edge, DEPENDENT)) === edge, `edge ${edge} is not found`);
    if ((slab.get(edge, KINDS) & BOUND) !== 0) found.bound++;
    found.count++;
    before = edge;
  }
  return found;
}

/** Takes away nodes without sources until none is left (Kahn). */
function auditAcyclic(nodes: NodeTable, edges: EdgeTable): void {
  const sourcesLeft = new Map<number, number>();
  const ready: number[] = [];
  for (let node = 1; node <= nodes.slab.top; node++) {
    if (!nodes.isNode(node)) continue;
    let count = 0;
    for (let edge = nodes.slab.get(node, FIRST_UP); edge !== 0; edge = edges.slab.get(edge, NEXT_UP)) count++;
    sourcesLeft.set(node, count);
    if (count === 0) ready.push(node);
  }
  let taken = 0;
  for (let node = ready.pop(); node !== undefined; node = ready.pop(), taken++) {
    for (let edge = nodes.slab.get(node, FIRST_DOWN); edge !== 0; edge = edges.slab.get(edge, NEXT_DOWN)) {
      const dependent = edges.slab.get(edge, DEPENDENT);
      const left = sourcesLeft.get(dependent)! - 1;
      sourcesLeft.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  invariant(taken === sourcesLeft.size, 'the graph has a cycle');
}
