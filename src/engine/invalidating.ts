import { type Bytes, bytesOf, copyOf, Span } from '../base/bytes';
import { whenReady } from '../base/when-ready';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';

interface Source {
  db: number;
  key: Bytes;
}

const NO_SOURCES: readonly Source[] = [];

/**
 * Hard invalidation. Order of effects: new epoch in the journal, visible in memory, loads overtaken, reply; memory and disk
 * rows are reclaimed afterwards in slices. All that dies together shares one epoch.
 */
export class Invalidating {
  private readonly span = new Span(Buffer.alloc(0));

  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
  ) {}

  tags(tags: readonly string[]): number | Promise<number> {
    return whenReady(this.housekeeping.whenExact(), () => this.tagsNow(tags)) as number | Promise<number>;
  }

  keys(db: number, keys: readonly Bytes[]): number | Promise<number> {
    return whenReady(this.housekeeping.whenLoaded(), () => this.keysNow(db, keys));
  }

  /** A source changed: kills what depends on it, breadth first; how many died. `db` is physical. */
  cascadeFrom(db: number, key: Bytes): number {
    return this.cascade(db, key, (dependentDb, dependent) => this.kill(dependentDb, dependent));
  }

  /** As `cascadeFrom`, for a change at `epoch` that is noticed late: what was made since then is not touched. */
  cascadeLate(db: number, key: Bytes, epoch: number): number {
    const { core } = this;
    return this.cascade(db, key, (dependentDb, dependent) => {
      const slot = core.findLive(dependentDb, dependent);
      return (slot === 0 || core.memory.fillEpoch(slot) < epoch) && this.kill(dependentDb, dependent);
    });
  }

  private cascade(db: number, key: Bytes, kill: (db: number, key: Bytes) => boolean): number {
    const { core } = this;
    const number = core.dbs.numberOf(db);
    if (!core.graph.hasNode(number, key)) return 0;
    let died = 0;
    core.graph.cascade(number, key, (dependentNumber, dependent) => {
      if (kill(core.dbs.of(dependentNumber), dependent)) died++;
    });
    core.counters.cascaded += died;
    return died;
  }

  private tagsNow(tags: readonly string[]): number | Promise<number> {
    const { core } = this;
    const distinct = [...new Set(tags)];
    const epoch = core.epochs.batch();
    for (const tag of distinct) core.disk?.tag(tag, epoch);
    const sources = core.graph.isEmpty ? NO_SOURCES : this.dyingSources(distinct);
    const result = core.tags.invalidate(distinct, epoch);
    let cascaded = 0;
    for (const source of sources) cascaded += this.cascadeFrom(source.db, source.key);
    this.housekeeping.wake();
    const count = () => {
      this.report(epoch, distinct, 0, result.died + cascaded, cascaded);
      return result.died + cascaded;
    };
    return result.exact ? count() : this.housekeeping.whenExact()!.then(count);
  }

  private keysNow(db: number, keys: readonly Bytes[]): number {
    const { core } = this;
    const physical = core.dbs.of(db);
    let died = 0;
    let cascaded = 0;
    for (const key of keys) {
      if (this.kill(physical, key)) died++;
      if (!core.graph.isEmpty) cascaded += this.cascadeFrom(physical, key);
    }
    this.report(core.epochs.current, [], keys.length, died + cascaded, cascaded);
    return died + cascaded;
  }

  /** Whether a live entry died. */
  private kill(db: number, key: Bytes): boolean {
    const { core } = this;
    const slot = core.findLive(db, key);
    core.changed(db, key);
    if (slot === 0) {
      core.removeUnknown(db, key);
      return false;
    }
    core.killed(slot);
    return true;
  }

  /** Members of the tags on which something depends: found from the smaller side. */
  private dyingSources(tags: readonly string[]): readonly Source[] {
    const { core } = this;
    const { memory } = core;
    const sources: Source[] = [];
    const members = tags.reduce((sum, tag) => sum + core.tags.live(tag), 0);
    const add = (slot: number, db: number, key: Bytes) => {
      const tie = memory.tie(slot);
      if (tie !== 0 && tags.some((tag) => core.tags.has(tie, tag))) sources.push({ db, key: bytesOf(copyOf(key)) });
    };
    if (members <= core.graph.nodeCount) {
      for (const tag of tags) {
        core.tags.members(tag, (slot) => {
          memory.keyView(slot, this.span);
          if (core.graph.hasNode(core.dbs.numberOf(memory.dbOf(slot)), this.span))
            add(slot, memory.dbOf(slot), this.span);
        });
      }
    } else {
      core.graph.eachSource((number, key) => {
        const db = core.dbs.of(number);
        const slot = core.findLive(db, key);
        if (slot !== 0) add(slot, db, key);
      });
    }
    return sources;
  }

  private report(epoch: number, tags: readonly string[], keys: number, died: number, cascaded: number): void {
    const { core } = this;
    core.counters.invalidations++;
    core.counters.invalidatedEntries += died;
    core.probe.invalidated({ epoch, tags, keys, died, cascaded });
  }
}
