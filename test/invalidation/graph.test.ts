import { type Bytes, bytesOf, latin1Of } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import { Graph } from '../../src/invalidation/graph';

/** Deep enough to overflow any recursion; a million takes the same code five times as long. */
const MANY = 200_000;

function replyOf(run: () => unknown): string {
  try {
    run();
  } catch (fault) {
    if (fault instanceof Fault) return fault.reply;
    throw fault;
  }
  return 'no fault';
}

function add(graph: Graph, key: string, ...sources: string[]): void {
  for (const source of sources) graph.add(0, bytesOf(key), bytesOf(source));
}

describe('cycles', () => {
  test('are named from the key on', () => {
    const graph = new Graph(1);
    add(graph, 'a', 'b');
    add(graph, 'b', 'c');
    expect(replyOf(() => add(graph, 'c', 'a'))).toBe('ERR dependency cycle: c -> a -> b -> c');
    expect(replyOf(() => add(graph, 'x', 'x'))).toBe('ERR dependency cycle: x -> x');
    expect(graph.stats()).toMatchObject({ nodes: 3, edges: 2 });
    graph.audit();
  });

  test('are of one database', () => {
    const graph = new Graph(1);
    add(graph, 'a', 'b');
    expect(graph.add(1, bytesOf('b'), bytesOf('a'))).toBe(true);
  });

  test('are one short line, whatever the keys are', () => {
    const graph = new Graph(1);
    const long = `\r\n+OK\r\n${'k'.repeat(1_000)}`;
    add(graph, 'a', long);
    const reply = replyOf(() => add(graph, long, 'a'));
    expect(reply).toBe(`ERR dependency cycle:   +OK  ${'k'.repeat(121)} -> a ->   +OK  ${'k'.repeat(121)}`);
  });

  test('a long one is named by its ends', () => {
    const graph = new Graph(1);
    for (let i = 0; i < 100; i++) add(graph, `k${i + 1}`, `k${i}`);
    const reply = replyOf(() => add(graph, 'k0', 'k100'));
    expect(reply).toMatch(/^ERR dependency cycle: k0 -> k100 -> k99 -> .* -> \(86 more\) -> k1 -> k0$/);
  });

  test('a check that would follow too many edges is refused by its limit', () => {
    const graph = new Graph(1, { visitsMax: 20 });
    for (let i = 0; i < 50; i++) {
      add(graph, `a${i + 1}`, `a${i}`);
      add(graph, `b${i}`, `b${i + 1}`);
    }
    const limit = 'ERR dependency graph too large to check for cycles (limit dependency-visits-max 20)';
    expect(replyOf(() => add(graph, 'a0', 'b0'))).toBe(limit);
    expect(graph.edgeCount).toBe(100);
    // The side that is exhausted first decides.
    add(graph, 'short', 'a50');
    expect(replyOf(() => add(graph, 'a49', 'b49'))).toBe('no fault');
  });
});

test('limits are named', () => {
  const graph = new Graph(1, { edgesMax: 1, keyBytesMax: 4 });
  add(graph, 'a', 'b');
  expect(replyOf(() => add(graph, 'c', 'd'))).toBe('ERR too many dependencies (limit dependency-edges-max 1)');
  expect(replyOf(() => add(graph, 'large', 'b'))).toBe('ERR key too long (limit dependency-key-bytes-max 4)');
  expect(graph.stats()).toMatchObject({ nodes: 2, edges: 1 });
});

test('an edge that is declared and bound outlives the value; one that is only bound does not', () => {
  const graph = new Graph(1);
  const key = bytesOf('k');
  add(graph, 'k', 'declared');
  graph.add(0, key, bytesOf('declared'), true);
  graph.add(0, key, bytesOf('bound'), true);
  expect(graph.removeBound(0, key)).toBe(2);
  expect([graph.sources(0, key), graph.removeBound(0, key)]).toEqual([['declared'], 0]);
  graph.audit();
});

test('a long chain is built, killed, and refused to close, without recursion', () => {
  const graph = new Graph(1);
  for (let i = 0; i < MANY; i++) add(graph, `k${i + 1}`, `k${i}`);
  let deepest = 0;
  graph.cascade(0, bytesOf('k0'), (_db, _key, depth) => {
    deepest = depth;
  });
  expect(deepest).toBe(MANY);
  graph.remove(0, bytesOf('k10'), bytesOf('k9'));
  expect(replyOf(() => add(graph, 'k10', `k${MANY}`))).toContain('dependency-visits-max');
});

test('a wide fan-out is visited once each, in slices, while its edges go', () => {
  const graph = new Graph(1, { edgesMax: MANY });
  const source = bytesOf('s');
  for (let i = 0; i < MANY; i++) graph.add(0, bytesOf(`d${i}`), source, true);
  const limit = `ERR too many dependencies (limit dependency-edges-max ${MANY})`;
  expect(replyOf(() => add(graph, 'one', 'more'))).toBe(limit);
  let visited = 0;
  let removed = 0;
  const cascade = graph.beginCascade(0, [source], (db, key) => {
    visited++;
    removed += graph.removeBound(db, key);
  });
  let slices = 1;
  while (!cascade.step(10_000)) slices++;
  expect([visited, removed, slices >= 20, cascade.done]).toEqual([MANY, MANY, true, true]);
  expect(graph.stats()).toMatchObject({ nodes: 0, edges: 0, bytesUsed: 0 });
});

describe('walks', () => {
  test('end when told, and leave nothing held', () => {
    const graph = new Graph(1);
    add(graph, 'b', 'a');
    add(graph, 'c', 'a', 'b');
    const seen: string[] = [];
    graph.walk(0, bytesOf('c'), 'up', 9, (_db, key) => {
      seen.push(latin1Of(key));
      return false;
    });
    expect(seen).toHaveLength(1);
    for (const key of ['b', 'c']) graph.removeAll(0, bytesOf(key));
    expect(graph.stats()).toMatchObject({ nodes: 0, bytesUsed: 0 });
  });

  test('survive that the edge they come to goes between slices', () => {
    const graph = new Graph(1);
    add(graph, 'x', 's');
    add(graph, 'y', 's');
    add(graph, 'z', 's');
    const seen: string[] = [];
    const cascade = graph.beginCascade(0, [bytesOf('s')], (_db, key) => seen.push(latin1Of(key)));
    cascade.step(1);
    graph.remove(0, bytesOf('y'), bytesOf('s'));
    add(graph, 'late', 's');
    while (!cascade.step(1));
    expect(seen).toEqual(['z', 'x']);
    graph.audit();
  });

  test('a diamond is visited once each from several roots, roots left out', () => {
    const graph = new Graph(1);
    add(graph, 'left', 'top');
    add(graph, 'right', 'top', 'other');
    add(graph, 'bottom', 'left', 'right');
    const seen: string[] = [];
    const roots: Bytes[] = [bytesOf('top'), bytesOf('other'), bytesOf('nobody'), bytesOf('left')];
    const cascade = graph.beginCascade(0, roots, (_db, key) => seen.push(latin1Of(key)));
    while (!cascade.step(1));
    expect(seen.sort()).toEqual(['bottom', 'right']);
  });

  test('eachSource names what something depends on', () => {
    const graph = new Graph(1);
    add(graph, 'b', 'a');
    add(graph, 'c', 'b');
    const seen: string[] = [];
    graph.eachSource((db, key) => seen.push(`${db} ${latin1Of(key)}`));
    expect(seen.sort()).toEqual(['0 a', '0 b']);
  });

  test('clear ends those under way', () => {
    const graph = new Graph(1);
    add(graph, 'b', 'a');
    const cascade = graph.beginCascade(0, [bytesOf('a')], () => undefined);
    graph.clear();
    expect([cascade.done, cascade.step(9), graph.isEmpty]).toEqual([true, true, true]);
    graph.audit();
  });
});
