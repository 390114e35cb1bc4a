import type { Fields } from '../fields';
import { entriesIn, type Sources } from '../sources';

export function keyspaceInfo({ engine, clock }: Sources): Fields {
  const { memory, dbs } = engine.core;
  const lines = new Map<string, string>();
  dbs.physical.forEach((physical, db) => {
    const keys = entriesIn(engine, physical);
    if (keys === 0) return;
    const ttl = Math.round(memory.averageTtlMs(physical, clock.now));
    lines.set(`db${db}`, `keys=${keys},expires=${Math.min(keys, memory.countExpiring(physical))},avg_ttl=${ttl}`);
  });
  return lines;
}
