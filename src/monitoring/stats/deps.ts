import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function depsStats({ engine, config }: Sources): Fields {
  const { graph, counters } = engine.core;
  const { nodes, edges, boundEdges, bytesUsed } = graph.stats();
  return fields({
    keys: nodes,
    edges,
    edges_max: config.dependencyEdgesMax,
    bound_edges: boundEdges,
    cascaded: counters.cascaded,
    bytes: bytesUsed,
  });
}
