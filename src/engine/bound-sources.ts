import { type Bytes, bytesOf, Span } from '../base/bytes';
import type { MemoryLayer } from '../layers/memory/memory-layer';
import { BOUND } from '../layers/memory/record';
import type { Core } from './core';

/** Edges that belong to a value: the keys it was made from. `db` is physical but where it is said otherwise. */
export class BoundSources {
  private readonly keySpan = new Span(Buffer.alloc(0));
  private readonly memory: MemoryLayer;

  constructor(private readonly core: Core) {
    this.memory = core.memory;
  }

  /** Ties the value to the keys it was made from; they go when it goes. */
  bind(slot: number, db: number, key: Bytes, sources: readonly string[]): void {
    const { dbs, graph, recovery } = this.core;
    this.memory.setFlag(slot, BOUND, true);
    recovery.bound();
    for (const source of sources) graph.add(dbs.numberOf(db), key, bytesOf(source), true);
  }

  unbind(slot: number, db: number, key: Bytes): void {
    if (!this.memory.flag(slot, BOUND)) return;
    this.core.graph.removeBound(this.core.dbs.numberOf(db), key);
    this.memory.setFlag(slot, BOUND, false);
  }

  /** The entry leaves. Edges are named by database number, so a flushed one shares them with its successor of the same name. */
  leave(db: number, key: Bytes): void {
    const { dbs, graph } = this.core;
    const number = dbs.numberOf(db);
    if (dbs.isDying(db)) {
      const successor = this.memory.find(dbs.of(number), key);
      if (successor !== 0 && this.memory.flag(successor, BOUND)) return;
    }
    graph.removeBound(number, key);
  }

  /** DEPDEL takes edges that a value is bound by as well. `db` is logical. */
  recheck(db: number, key: Bytes): void {
    const slot = this.memory.find(this.core.dbs.of(db), key);
    if (slot !== 0 && this.of(slot).length === 0) this.memory.setFlag(slot, BOUND, false);
  }

  of(slot: number): string[] {
    if (!this.memory.flag(slot, BOUND)) return [];
    const { dbs, graph } = this.core;
    this.memory.keyView(slot, this.keySpan);
    return graph.boundSources(dbs.numberOf(this.memory.dbOf(slot)), this.keySpan);
  }
}
