import { type Bytes, bytesOf, copyOf, latin1Of, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import { ON_DISK } from '../layers/memory/record';
import type { InvalidateRequest, InvalidationReport } from './api';
import type { Cascading } from './cascading';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';
import { type Plan, planOf } from './invalidation-plan';
import type { LongWork } from './long-work';
import { type Preview, Previewing } from './previewing';
import { Tally } from './tally';

/** Members of a tag that become stale at once; of more each is judged when it is looked at, until slices came to it. */
const SOFTENED_AT_ONCE_MAX = 512;
/** Entries looked at for a report; of more a sample of so many is taken. */
const LOOKED_AT_MAX = 512;

interface Source {
  db: number;
  key: Bytes;
}

/** What an invalidation did. */
interface Outcome {
  epoch: number;
  /** Members of tags; exact once all is settled. */
  died: () => number;
  exactAtOnce: boolean;
  /** Carriers of tags that became stale; of several tags with many carriers at most so many. */
  softCarriers: number;
  /** Keys that died or became stale, and dependents; those that carry one of the tags are not counted again. */
  struckKeys: number;
  cascaded: number;
  /** Of these two, those that became stale. */
  softened: number;
}

const NO_SOURCES: readonly Source[] = [];

/**
 * Invalidation, hard and soft. Order of effects: new epoch, visible in memory, in the journal, loads overtaken, reply; memory
 * and disk rows are reclaimed afterwards in slices. All that is invalidated together shares one epoch.
 */
export class Invalidating {
  private readonly span = new Span(Buffer.alloc(0));
  /** Counts of dead that somebody waits for, by the mark they carry. */
  private readonly ledgers = new Map<number, Tally>();
  private marks = 1;

  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    private readonly cascading: Cascading,
    private readonly work: LongWork,
  ) {
    core.leaving = (slot) => {
      if (this.ledgers.size > 0) this.ledgers.get(core.tags.markOf(core.memberOf(slot)))?.add(core, slot);
    };
  }

  // --- the short forms ---------------------------------------------------------------------------------------------------

  tags(tags: readonly string[]): number | Promise<number> {
    return this.count({ tags });
  }

  keys(db: number, keys: readonly Bytes[]): number | Promise<number> {
    return this.count({ db, keys });
  }

  private count(request: InvalidateRequest): number | Promise<number> {
    return this.whenReady(request, () => {
      const plan = this.planOf(request);
      return whenReady(this.act(plan, null), (outcome) => this.told(plan, outcome));
    });
  }

  /** A source changed: what depends on it dies. `db` is physical. Settles when all of it is dead. */
  cascadeFrom(db: number, key: Bytes): void | Promise<void> {
    const { core } = this;
    if (!core.graph.hasNode(core.dbs.numberOf(db), key)) return;
    const epoch = core.epochs.next();
    return this.cascading.from(db, [key], epoch, (of, dependent) => {
      if (this.kill(of, dependent, null)) core.counters.cascaded++;
    });
  }

  /** As `cascadeFrom`, for a change at `epoch` that is noticed late: what was changed since then is not touched. */
  cascadeLate(db: number, key: Bytes, epoch: number): void {
    const { core } = this;
    core.graph.cascade(core.dbs.numberOf(db), key, (number, dependent) => {
      const of = core.dbs.of(number);
      if (core.changes.lastOf(of, latin1Of(dependent)) > epoch) return;
      if (this.kill(of, dependent, null)) core.counters.cascaded++;
    });
  }

  // --- the whole -----------------------------------------------------------------------------------------------------------

  invalidate(request: InvalidateRequest): InvalidationReport | Promise<InvalidationReport> {
    const beganMs = this.core.world.clock.fineMs();
    return this.whenReady(request, () => {
      const plan = this.planOf(request);
      if (request.dryRun !== true && request.limit === undefined) return this.actAndReport(plan, request, beganMs);
      return whenReady(this.preview(plan), (preview) => {
        checkLimit(preview, request.limit);
        if (request.dryRun === true) return this.reportOf(plan, preview, beganMs);
        // Time may have passed.
        return this.whenReady(request, () => this.actAndReport(this.planOf(request), request, beganMs));
      }) as InvalidationReport | Promise<InvalidationReport>;
    });
  }

  private preview(plan: Plan): Preview | Promise<Preview> {
    return this.work.run(new Previewing(this.core, plan).run());
  }

  private reportOf(plan: Plan, { tally, soft, cascaded }: Preview, beganMs: number): InvalidationReport {
    const { core } = this;
    return {
      ...figuresOf(tally),
      epoch: 0,
      invalidated: tally.entries,
      exact: true,
      soft,
      byTag: this.byTag(plan),
      cascaded,
      rules: rulesOf(plan),
      dryRun: true,
      tookUs: Math.round((core.world.clock.fineMs() - beganMs) * 1000),
    };
  }

  private actAndReport(
    plan: Plan,
    request: InvalidateRequest,
    beganMs: number,
  ): InvalidationReport | Promise<InvalidationReport> {
    const byTag = this.byTag(plan);
    const carriers = [...byTag.values()].reduce((sum, count) => sum + count, 0);
    const isSampled = carriers > LOOKED_AT_MAX;
    const waits = isSampled && request.sync === true;
    // What stays cannot be counted as it leaves.
    if (waits && plan.soft.length > 0) {
      return whenReady(this.preview(plan), ({ tally }) => this.finish(plan, request, beganMs, byTag, tally, false)) as
        | InvalidationReport
        | Promise<InvalidationReport>;
    }
    return this.finish(plan, request, beganMs, byTag, waits ? null : this.look(plan), isSampled);
  }

  /** `members`: what the carriers of the tags come to; null: to be counted as they leave. */
  private finish(
    plan: Plan,
    request: InvalidateRequest,
    beganMs: number,
    byTag: ReadonlyMap<string, number>,
    members: Tally | null,
    isSampled: boolean,
  ): InvalidationReport | Promise<InvalidationReport> {
    const { core, housekeeping } = this;
    const others = new Tally();
    const mark = ++this.marks;
    const leaving = new Tally();
    if (request.sync === true) this.ledgers.set(mark, leaving);
    return whenReady(this.act(plan, others, mark), (outcome) => {
      const settled = request.sync === true ? housekeeping.whenReclaimed() : undefined;
      return whenReady(settled, (): InvalidationReport => {
        this.ledgers.delete(mark);
        const invalidated = this.told(plan, outcome);
        const looked = isSampled ? members?.scaledTo(outcome.died() + outcome.softCarriers) : members;
        return {
          ...figuresOf((looked ?? leaving).plus(others)),
          epoch: outcome.epoch,
          invalidated,
          exact: members === null || !isSampled,
          soft: outcome.softCarriers + outcome.softened,
          byTag,
          cascaded: outcome.cascaded,
          rules: rulesOf(plan),
          dryRun: false,
          tookUs: Math.round((core.world.clock.fineMs() - beganMs) * 1000),
        };
      });
    }) as InvalidationReport | Promise<InvalidationReport>;
  }

  /** The carriers of the tags, or the first of them. */
  private look(plan: Plan): Tally {
    const { core } = this;
    const tally = new Tally();
    const seen = new Set<number>();
    for (const tag of [...plan.hard, ...plan.soft]) {
      core.tags.members(tag, (slot) => {
        if (seen.has(slot)) return true;
        seen.add(slot);
        tally.add(core, slot);
        return seen.size < LOOKED_AT_MAX;
      });
    }
    return tally;
  }

  private byTag({ hard, soft }: Plan): Map<string, number> {
    const counts = new Map<string, number>();
    for (const tag of [...hard, ...soft]) counts.set(tag, this.core.tags.live(tag));
    return counts;
  }

  // --- doing it ------------------------------------------------------------------------------------------------------------

  private planOf(request: InvalidateRequest): Plan {
    return planOf(request, this.core.dbs.of(request.db ?? 0), this.core.rules);
  }

  /** Tags are counted, so nothing dead may be counted still; for keys the directory must be known. */
  private whenReady<R>({ tags, write, limit, dryRun }: InvalidateRequest, run: () => R | Promise<R>): R | Promise<R> {
    const { housekeeping } = this;
    const counts = tags !== undefined || write !== undefined || limit !== undefined || dryRun === true;
    return whenReady(counts ? housekeeping.whenExact() : housekeeping.whenLoaded(), run) as R | Promise<R>;
  }

  /** `tally` counts keys and dependents, one by one. */
  private act(plan: Plan, tally: Tally | null, mark = 1): Outcome | Promise<Outcome> {
    const { core } = this;
    const { hard, soft, staggerMs, db, keys, softly } = plan;
    if (plan.expansion !== null) core.rules?.fire(plan.expansion);
    const cascades = plan.cascades && !core.graph.isEmpty;
    const hardSources = cascades ? this.carriersWithNode(hard) : NO_SOURCES;
    const softSources = cascades ? this.carriersWithNode(soft) : NO_SOURCES;
    const epoch = core.epochs.next();
    const atMs = core.now;
    const killed = hard.length === 0 ? null : core.tags.invalidate(hard, epoch, mark);
    const spared = soft.length === 0 ? null : core.tags.invalidateSoftly(soft, epoch, { atMs, staggerMs }, mark);
    for (const tag of hard) core.disk?.tag(tag, epoch);
    for (const tag of soft) core.disk?.tagSoft(tag, epoch, atMs, staggerMs);
    const outcome: Outcome = {
      epoch,
      died: () => (killed?.died ?? 0) + (spared?.died ?? 0),
      exactAtOnce: (killed?.exact ?? true) && (spared?.exact ?? true),
      softCarriers: soft.length === 0 ? 0 : this.softenCarriers(soft, epoch, atMs, staggerMs),
      struckKeys: 0,
      cascaded: 0,
      softened: 0,
    };
    if (hard.length + soft.length > 0) this.housekeeping.wake();
    const strikeSoftly = (of: number, key: Bytes) => this.soften(of, key, plan, atMs, tally, outcome);
    const strike = (of: number, key: Bytes) => this.kill(of, key, tally);
    for (const key of keys) if (softly ? strikeSoftly(db, key) : strike(db, key)) outcome.struckKeys++;
    if (!cascades) return this.whenCounted(outcome);
    const own = keys.map((key) => ({ db, key }));
    const cascaded = (struck: boolean) => {
      if (struck) outcome.cascaded++;
    };
    const waits = [
      ...this.cascade([...hardSources, ...(softly ? [] : own)], epoch, (of, key) => cascaded(strike(of, key))),
      ...this.cascade([...softSources, ...(softly ? own : [])], epoch, (of, key) => cascaded(strikeSoftly(of, key))),
    ];
    return waits.length === 0 ? this.whenCounted(outcome) : Promise.all(waits).then(() => this.whenCounted(outcome));
  }

  private whenCounted(outcome: Outcome): Outcome | Promise<Outcome> {
    return outcome.exactAtOnce ? outcome : (this.housekeeping.whenExact()?.then(() => outcome) ?? outcome);
  }

  private cascade(
    sources: readonly Source[],
    epoch: number,
    strike: (db: number, key: Bytes) => void,
  ): Promise<void>[] {
    const byDb = new Map<number, Bytes[]>();
    for (const { db, key } of sources) {
      const known = byDb.get(db);
      if (known === undefined) byDb.set(db, [key]);
      else known.push(key);
    }
    const waits: Promise<void>[] = [];
    for (const [db, keys] of byDb) {
      const waiting = this.cascading.from(db, keys, epoch, strike);
      if (waiting instanceof Promise) waits.push(waiting);
    }
    return waits;
  }

  /** Whether an entry died that somebody could have been given. */
  private kill(db: number, key: Bytes, tally: Tally | null): boolean {
    const { core } = this;
    const slot = core.findServable(db, key);
    core.changed(db, key);
    if (slot === 0) {
      core.removeUnknown(db, key);
      return false;
    }
    tally?.add(core, slot);
    core.killed(slot);
    return true;
  }

  /** The same, but what has a grace and a loader becomes stale. Loads under way are overtaken all the same. */
  private soften(db: number, key: Bytes, plan: Plan, atMs: number, tally: Tally | null, outcome: Outcome): boolean {
    const { core } = this;
    const { memory, graces } = core;
    const slot = core.findServable(db, key);
    if (slot === 0 || !graces.soften(slot, atMs, plan.staggerMs)) return this.kill(db, key, tally);
    core.changed(db, key);
    if (memory.flag(slot, ON_DISK)) core.disk?.soften(db, key, core.epochs.next(), graces.freshUntil(slot));
    const member = core.memberOf(slot);
    if (plan.soft.some((tag) => core.tags.has(member, tag))) return false;
    tally?.add(core, slot);
    outcome.softened++;
    return true;
  }

  /** How many; of several tags with many carriers at most so many. */
  private softenCarriers(tags: readonly string[], epoch: number, atMs: number, staggerMs: number): number {
    const { tags: index, graces } = this.core;
    const seen = new Set<number>();
    let later = 0;
    for (const tag of tags) {
      const count = index.liveSpared(tag);
      if (count > SOFTENED_AT_ONCE_MAX) {
        graces.softenLater(tag, epoch, atMs, staggerMs);
        later += count;
      } else if (count > 0) {
        index.sparedMembers(tag, (slot) => {
          seen.add(slot);
          graces.soften(slot, atMs, staggerMs);
        });
      }
    }
    return seen.size + later;
  }

  /** Members of the tags on which something depends: found from the smaller side. */
  private carriersWithNode(tags: readonly string[]): readonly Source[] {
    const { core } = this;
    const { memory } = core;
    if (tags.length === 0) return NO_SOURCES;
    const sources: Source[] = [];
    const members = tags.reduce((sum, tag) => sum + core.tags.live(tag), 0);
    const add = (slot: number, db: number, key: Bytes) => {
      const member = core.memberOf(slot);
      if (member !== 0 && tags.some((tag) => core.tags.has(member, tag)))
        sources.push({ db, key: bytesOf(copyOf(key)) });
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
        const slot = core.findServable(db, key);
        if (slot !== 0) add(slot, db, key);
      });
    }
    return sources;
  }

  /** Counts and tells what was done; how many entries it came to. */
  private told(plan: Plan, outcome: Outcome): number {
    const { counters, probe } = this.core;
    const { epoch, softCarriers, struckKeys, cascaded } = outcome;
    const invalidated = outcome.died() + softCarriers + struckKeys + cascaded;
    const softened = softCarriers + outcome.softened;
    counters.invalidations++;
    counters.cascaded += cascaded;
    counters.softenedEntries += softened;
    counters.invalidatedEntries += invalidated - softened;
    if (plan.softly || plan.soft.length > 0) counters.softInvalidations++;
    probe.invalidated({ epoch, tags: plan.hard, keys: plan.keys.length, died: invalidated, cascaded });
    return invalidated;
  }
}

function checkLimit({ tally }: Preview, limit: number | undefined): void {
  if (limit === undefined || tally.entries <= limit) return;
  throw new Fault(`ERR ${tally.entries} entries would be invalidated, more than LIMIT ${limit}; nothing was`);
}

function rulesOf({ expansion }: Plan): string[] {
  return [...new Set(expansion?.fired.map(({ rule }) => rule.spec.name))];
}

function figuresOf({ memory, disk, bytes, reloadUs }: Tally) {
  return { byLayer: { memory, disk }, bytes, reloadUs: Math.round(reloadUs) };
}
