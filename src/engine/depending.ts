import { type Bytes, bytesOf, copyOf, latin1Of } from '../base/bytes';
import { BOUND } from '../layers/memory/record';
import type { Dependency } from './api';
import type { Core } from './core';
import { DATABASES } from './databases';

/**
 * DEPADD, DEPDEL, DEPLIST: declared edges. They belong to a database's number, and outlive values and restarts until DEPDEL
 * or FLUSHALL.
 */
export class Depending {
  constructor(private readonly core: Core) {}

  /** All or none: a cycle or a limit among the sources leaves no edge behind. */
  add(db: number, key: Bytes, sources: readonly Bytes[]): number {
    const { core } = this;
    const added: Buffer[] = [];
    try {
      for (const source of sources) if (core.graph.add(db, key, source, false)) added.push(copyOf(source));
    } catch (refused) {
      for (const source of added) core.graph.remove(db, key, bytesOf(source));
      throw refused;
    }
    // Also what was known: it may have been bound to a value only.
    for (const source of sources) core.disk?.edge(true, db, latin1Of(source), latin1Of(key));
    return added.length;
  }

  remove(db: number, key: Bytes, sources: readonly Bytes[]): number {
    const { core } = this;
    const which = sources.length > 0 ? sources.map(copyOf) : this.declaredSources(db, key);
    let removed = 0;
    for (const source of which) {
      if (!core.graph.remove(db, key, bytesOf(source))) continue;
      core.disk?.edge(false, db, source.toString('latin1'), latin1Of(key));
      removed++;
    }
    this.core.sources.recheck(db, key);
    if (removed > 0) this.rewriteBound(db, key);
    return removed;
  }

  list(db: number, key: Bytes, direction: 'up' | 'down', depth: number): Dependency[] {
    const found: Dependency[] = [];
    this.core.graph.walk(db, key, direction, depth, (_db, reached, at, via) => {
      found.push({ key: latin1Of(reached), depth: at, via: latin1Of(via) });
    });
    return found;
  }

  clear(): void {
    const { graph, disk } = this.core;
    if (graph.isEmpty) return;
    graph.clear();
    for (let db = 0; db < DATABASES; db++) disk?.clearEdges(db);
  }

  /**
   * The row of a value in memory is written again without the edge. That of a value which rests on disk only keeps it: after
   * a restart it is bound again, which may kill it without need.
   */
  private rewriteBound(db: number, key: Bytes): void {
    const { core } = this;
    const { memory } = core;
    const physical = core.dbs.of(db);
    const slot = memory.find(physical, key);
    if (slot === 0 || !memory.flag(slot, BOUND) || !core.isResident(slot)) return;
    core.supersede(slot, physical, key);
    core.queueWrite(slot);
  }

  private declaredSources(db: number, key: Bytes): Buffer[] {
    return this.core.graph.declaredSources(db, key).map((source) => Buffer.from(source, 'latin1'));
  }
}
