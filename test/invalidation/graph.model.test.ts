import fc from 'fast-check';
import { bytesOf, latin1Of } from '../../src/base/bytes';
import type { Fault } from '../../src/base/fault';
import { Graph } from '../../src/invalidation/graph';
import { same } from './same';

/** The graph against a plain model: edges as "db dependent source" with their kinds. */
const KEYS = ['', 'a', 'b', 'c', 'd', 'e', '\xff\x01', '\xfe\x01'];
const key = fc.constantFrom(...KEYS);
const db = fc.nat(1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('add' as const), db, key, source: key, bound: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), db, key, source: key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeAll' as const), db, key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('removeBound' as const), db, key }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Edge {
  db: number;
  key: string;
  source: string;
  declared: boolean;
  bound: boolean;
}

class Model {
  edges: Edge[] = [];

  sources(db: number, key: string): Edge[] {
    return this.edges.filter((edge) => edge.db === db && edge.key === key);
  }

  /** Depth of everything reached, by shortest way. */
  reach(db: number, from: string, direction: 'up' | 'down'): Map<string, number> {
    const depths = new Map([[from, 0]]);
    for (const at of depths.keys()) {
      for (const edge of this.edges) {
        const [near, far] = direction === 'up' ? [edge.key, edge.source] : [edge.source, edge.key];
        if (edge.db === db && near === at && !depths.has(far)) depths.set(far, depths.get(at)! + 1);
      }
    }
    depths.delete(from);
    return depths;
  }
}

function add(graph: Graph, model: Model, step: Extract<Step, { do: 'add' }>): void {
  const closes = step.key === step.source || model.reach(step.db, step.key, 'down').has(step.source);
  const known = model.sources(step.db, step.key).find((edge) => edge.source === step.source);
  let fault: unknown;
  try {
    same(graph.add(step.db, bytesOf(step.key), bytesOf(step.source), step.bound), known === undefined);
  } catch (thrown) {
    fault = thrown;
  }
  if (closes) {
    checkCycle(model, step.db, (fault as Fault).reply, step.key, step.source);
    return;
  }
  if (fault !== undefined) throw fault;
  const edge = known ?? { db: step.db, key: step.key, source: step.source, declared: false, bound: false };
  if (known === undefined) model.edges.push(edge);
  if (step.bound) edge.bound = true;
  else edge.declared = true;
}

/** Every arrow but the first is an edge that is there; it begins with the edge refused and ends where it began. */
function checkCycle(model: Model, db: number, reply: string, key: string, source: string): void {
  const show = (name: string) => name.replace(/[\x00-\x1f]/g, ' ');
  same(reply.startsWith('ERR dependency cycle: '), true);
  const path = reply.slice('ERR dependency cycle: '.length).split(' -> ');
  same([path[0], path[1], path.at(-1)], [key, source, key].map(show));
  for (let i = 1; i + 1 < path.length; i++) {
    const there = model.edges.some(
      (edge) => edge.db === db && show(edge.key) === path[i] && show(edge.source) === path[i + 1],
    );
    same(there, true);
  }
}

function apply(graph: Graph, model: Model, step: Step): void {
  const at = bytesOf(step.key);
  if (step.do === 'add') add(graph, model, step);
  else if (step.do === 'remove') {
    const left = model.edges.filter((e) => e.db !== step.db || e.key !== step.key || e.source !== step.source);
    same(graph.remove(step.db, at, bytesOf(step.source)), left.length < model.edges.length);
    model.edges = left;
  } else if (step.do === 'removeAll') {
    same(graph.removeAll(step.db, at), model.sources(step.db, step.key).length);
    model.edges = model.edges.filter((edge) => edge.db !== step.db || edge.key !== step.key);
  } else {
    const bound = model.sources(step.db, step.key).filter((edge) => edge.bound);
    same(graph.removeBound(step.db, at), bound.length);
    for (const edge of bound) edge.bound = false;
    model.edges = model.edges.filter((edge) => edge.bound || edge.declared);
  }
}

function compare(graph: Graph, model: Model): void {
  graph.audit();
  same(graph.edgeCount, model.edges.length);
  same(graph.isEmpty, model.edges.length === 0);
  for (const at of [0, 1]) {
    for (const key of KEYS) {
      const bytes = bytesOf(key);
      const sources = model.sources(at, key);
      const dependents = model.edges.filter((edge) => edge.db === at && edge.source === key);
      same(graph.hasNode(at, bytes), sources.length + dependents.length > 0);
      same(graph.sources(at, bytes).sort(), sources.map((edge) => edge.source).sort());
      const bound = sources.filter((edge) => edge.bound).map((edge) => edge.source);
      same(graph.boundSources(at, bytes).sort(), bound.sort());
      const declared = sources.filter((edge) => edge.declared).map((edge) => edge.source);
      same(graph.declaredSources(at, bytes).sort(), declared.sort());
      same(graph.dependents(at, bytes).sort(), dependents.map((edge) => edge.key).sort());
      for (const direction of ['up', 'down'] as const) compareWalk(graph, model, at, key, direction);
    }
  }
}

function compareWalk(graph: Graph, model: Model, db: number, key: string, direction: 'up' | 'down'): void {
  const expected = model.reach(db, key, direction);
  const found = new Map<string, number>();
  let last = 1;
  graph.walk(db, bytesOf(key), direction, 3, (at, reached, depth, via) => {
    same(at, db);
    same(depth >= last, true);
    same(found.get(latin1Of(via)) ?? 0, depth - 1);
    same(found.has(latin1Of(reached)), false);
    found.set(latin1Of(reached), depth);
    last = depth;
  });
  same([...found].sort(), [...expected].filter(([, depth]) => depth <= 3).sort());
}

test('the graph does what a plain model does', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const graph = new Graph(3);
      const model = new Model();
      for (const step of steps) {
        apply(graph, model, step);
        compare(graph, model);
      }
      for (const { db, key } of model.edges) graph.removeAll(db, bytesOf(key));
      expect(graph.stats()).toMatchObject({ nodes: 0, edges: 0, boundEdges: 0, bytesUsed: 0 });
    }),
    { numRuns: 100, seed: 20_241 },
  );
});
