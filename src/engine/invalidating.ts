import { type Bytes, bytesOf, copyOf, Span } from '../base/bytes';
import { whenReady } from '../base/when-ready';
import { type Context, causeIn, NO_CONTEXT } from '../invalidation/rules/expansion';
import type { Causer } from './api';
import type { CauseGiven, CauseKind } from './causes';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';
import { Paths } from './paths';

interface Source {
  db: number;
  key: Bytes;
  /** Which of the tags. */
  tag: string | undefined;
}

/** What a change of a source says of itself, to those that die with it. */
type Origin = Omit<CauseGiven, 'kind' | 'epoch' | 'path'>;

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

  tags(tags: readonly string[], by: Causer = {}): number | Promise<number> {
    return this.whenExact(() => this.tagsNow(tags, NO_CONTEXT, by, 'tag'));
  }

  /** A row of this type was written. */
  write(type: string, id: string | undefined, context: Context, by: Causer = {}): number | Promise<number> {
    return this.whenExact(() => this.tagsNow(this.core.rules.tagsOfWrite(type, id, context), context, by, 'write'));
  }

  private whenExact(run: () => number | Promise<number>): number | Promise<number> {
    return whenReady(this.housekeeping.whenExact(), run) as number | Promise<number>;
  }

  /** `kind` and `tag` say why, where it is not simply that a client named the keys. */
  keys(
    db: number,
    keys: readonly Bytes[],
    by: Causer & { tag?: string | undefined } = {},
    kind: CauseKind = 'key',
  ): number | Promise<number> {
    return whenReady(this.housekeeping.whenLoaded(), () => this.keysNow(db, keys, by, kind));
  }

  /** A source changed: kills what depends on it, breadth first; how many died. `db` is physical. */
  cascadeFrom(db: number, key: Bytes, origin: Origin): number {
    return this.cascade(db, key, origin, () => true);
  }

  /** As `cascadeFrom`, for a change at `epoch` that is noticed late: what was made since then is not touched. */
  cascadeLate(db: number, key: Bytes, epoch: number): number {
    const { core } = this;
    const isUntouched = (dependentDb: number, dependent: Bytes) => {
      const slot = core.findLive(dependentDb, dependent);
      return slot === 0 || core.memory.fillEpoch(slot) < epoch;
    };
    return this.cascade(db, key, { through: 'a change before the start' }, isUntouched);
  }

  private cascade(db: number, key: Bytes, origin: Origin, judge: (db: number, key: Bytes) => boolean): number {
    const { core } = this;
    const number = core.dbs.numberOf(db);
    if (!core.graph.hasNode(number, key)) return 0;
    const paths = new Paths(core.causes, key, { epoch: core.epochs.current, ...origin });
    let died = 0;
    core.graph.cascade(number, key, (dependentNumber, dependent, _depth, via) => {
      const physical = core.dbs.of(dependentNumber);
      paths.reached(dependent, via);
      if (judge(physical, dependent) && this.kill(physical, dependent, () => paths.causeOf(dependent))) died++;
    });
    core.counters.cascaded += died;
    return died;
  }

  private tagsNow(
    tags: readonly string[],
    context: Context,
    by: Causer,
    kind: 'tag' | 'write',
  ): number | Promise<number> {
    const { core } = this;
    const added = core.rules.expand(tags, context);
    const distinct = [...new Set([...tags, ...added.hard.keys(), ...added.soft.keys()])];
    core.rules.fire(added);
    const epoch = core.epochs.batch();
    for (const tag of distinct) core.disk?.tag(tag, epoch);
    const sources = core.graph.isEmpty ? NO_SOURCES : this.dyingSources(distinct);
    const firstCause = core.causes.addTags(distinct, epoch, by, (tag) => causeIn(added, tag) ?? { kind });
    const result = core.tags.invalidate(distinct, epoch, firstCause);
    let cascaded = 0;
    for (const { db, key, tag } of sources) cascaded += this.cascadeFrom(db, key, { through: 'tag', tag, ...by });
    this.housekeeping.wake();
    const count = () => {
      this.report(epoch, distinct, 0, result.died + cascaded, cascaded, by);
      return result.died + cascaded;
    };
    return result.exact ? count() : this.housekeeping.whenExact()!.then(count);
  }

  private keysNow(
    db: number,
    keys: readonly Bytes[],
    by: Causer & { tag?: string | undefined },
    kind: CauseKind,
  ): number {
    const { core } = this;
    const physical = core.dbs.of(db);
    let died = 0;
    let cascaded = 0;
    let cause = 0;
    const causeOf = () => {
      cause ||= core.causes.add({ kind, epoch: core.epochs.current, ...by });
      return cause;
    };
    for (const key of keys) {
      if (this.kill(physical, key, causeOf)) died++;
      if (!core.graph.isEmpty) cascaded += this.cascadeFrom(physical, key, { through: kind, ...by });
    }
    this.report(core.epochs.current, [], keys.length, died + cascaded, cascaded, by);
    return died + cascaded;
  }

  /** Whether a live entry died; only then is it asked what of. */
  private kill(db: number, key: Bytes, causeOf: () => number): boolean {
    const { core } = this;
    const slot = core.findLive(db, key);
    core.changed(db, key);
    if (slot === 0) {
      core.removeUnknown(db, key);
      return false;
    }
    core.killed(slot, causeOf());
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
      const tag = tie === 0 ? undefined : tags.find((each) => core.tags.has(tie, each));
      if (tag !== undefined) sources.push({ db, key: bytesOf(copyOf(key)), tag });
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

  private report(
    epoch: number,
    tags: readonly string[],
    keys: number,
    died: number,
    cascaded: number,
    { client, reason }: Causer,
  ): void {
    const { core } = this;
    core.counters.invalidations++;
    core.counters.invalidatedEntries += died;
    const atMs = core.now + core.world.clock.wallOffsetMs;
    core.probe.invalidated({ epoch, atMs, tags, keys, died, cascaded, client, reason });
  }
}
