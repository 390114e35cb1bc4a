import { type Bytes, bytesOf, copyOf, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import { type Context, causeIn } from '../invalidation/rules/expansion';
import { ON_DISK } from '../layers/memory/record';
import type { Causer, InvalidateRequest, InvalidationReport } from './api';
import type { Cascading } from './cascading';
import type { CauseGiven, CauseKind } from './causes';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';
import { type Plan, planOf } from './invalidation-plan';
import type { LongWork } from './long-work';
import { Paths } from './paths';
import { type Preview, Previewing } from './previewing';
import { Tally } from './tally';

/** Members of a tag that become stale at once; of more each is judged when it is looked at, until slices came to it. */
const SOFTENED_AT_ONCE_MAX = 512;
/** Entries looked at for a report; of more a sample of so many is taken. */
const LOOKED_AT_MAX = 512;

interface Source {
  db: number;
  key: Bytes;
  /** Which of the tags. */
  tag?: string | undefined;
}

/** What a change of a source says of itself, to those that die with it. */
type Origin = Omit<CauseGiven, 'kind' | 'epoch' | 'path'>;

/** Why keys die, where it is not simply that a client named them. */
interface Why {
  kind: CauseKind;
  tag?: string | undefined;
}

/** What an invalidation did. */
interface Outcome {
  epoch: number;
  /** Numbers of the causes whose dead are counted as they leave. */
  causes: readonly number[];
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
const BY_KEY: Why = { kind: 'key' };

/**
 * Invalidation, hard and soft. Order of effects: new epoch, visible in memory, in the journal, loads overtaken, reply; memory
 * and disk rows are reclaimed afterwards in slices. All that is invalidated together shares one epoch.
 */
export class Invalidating {
  private readonly span = new Span(Buffer.alloc(0));
  /** Counts of dead that somebody waits for, by the numbers of their causes. */
  private readonly ledgers = new Map<number, Tally>();

  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    private readonly cascading: Cascading,
    private readonly work: LongWork,
  ) {
    core.leaving = (slot) => {
      if (this.ledgers.size > 0) this.ledgers.get(core.tags.causeOf(core.memberOf(slot)))?.add(core, slot);
    };
  }

  // --- the short forms ---------------------------------------------------------------------------------------------------

  tags(tags: readonly string[], by: Causer = {}): number | Promise<number> {
    return this.count({ tags, ...by });
  }

  /** A row of this type was written. */
  write(type: string, id: string | undefined, context: Context, by: Causer = {}): number | Promise<number> {
    return this.count({ write: { type, id, context }, ...by });
  }

  /** `kind` and `tag` say why, where it is not simply that a client named the keys. */
  keys(
    db: number,
    keys: readonly Bytes[],
    by: Causer & { tag?: string | undefined } = {},
    kind: CauseKind = 'key',
  ): number | Promise<number> {
    const { client, reason, tag } = by;
    return this.count({ db, keys, client, reason }, { kind, tag });
  }

  private count(request: InvalidateRequest, why: Why = BY_KEY): number | Promise<number> {
    return this.whenReady(request, () => {
      const plan = this.planOf(request);
      return whenReady(this.act(plan, request, null, null, why), (outcome) => this.told(plan, request, outcome));
    });
  }

  /** A source changed: what depends on it dies. `db` is physical. Settles when all of it is dead. */
  cascadeFrom(db: number, key: Bytes, origin: Origin): void | Promise<void> {
    const { core } = this;
    if (!core.graph.hasNode(core.dbs.numberOf(db), key)) return;
    const epoch = core.epochs.batch();
    const paths = new Paths(core.causes, key, { epoch, ...origin });
    return this.cascading.from(db, [key], epoch, (of, dependent, via) => {
      paths.reached(dependent, via);
      if (this.kill(of, dependent, null, () => paths.causeOf(dependent))) core.counters.cascaded++;
    });
  }

  /** As `cascadeFrom`, for a change at `epoch` that is noticed late: what was made since then is not touched. */
  cascadeLate(db: number, key: Bytes, epoch: number): void {
    const { core } = this;
    const paths = new Paths(core.causes, key, { epoch: core.epochs.current, through: 'a change before the start' });
    core.graph.cascade(core.dbs.numberOf(db), key, (number, dependent, _depth, via) => {
      const of = core.dbs.of(number);
      paths.reached(dependent, via);
      const slot = core.findServable(of, dependent);
      if (slot !== 0 && core.memory.fillEpoch(slot) >= epoch) return;
      if (this.kill(of, dependent, null, () => paths.causeOf(dependent))) core.counters.cascaded++;
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
    const leaving = request.sync === true ? new Tally() : null;
    return whenReady(this.act(plan, request, others, leaving), (outcome) => {
      const settled = request.sync === true ? housekeeping.whenReclaimed() : undefined;
      return whenReady(settled, (): InvalidationReport => {
        for (const cause of outcome.causes) this.ledgers.delete(cause);
        const invalidated = this.told(plan, request, outcome);
        const looked = isSampled ? members?.scaledTo(outcome.died() + outcome.softCarriers) : members;
        return {
          ...figuresOf((looked ?? leaving ?? new Tally()).plus(others)),
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
  private act(
    plan: Plan,
    request: InvalidateRequest,
    tally: Tally | null,
    leaving: Tally | null,
    why: Why = BY_KEY,
  ): Outcome | Promise<Outcome> {
    const { core } = this;
    const { hard, soft, staggerMs, db, keys, softly } = plan;
    core.rules.fire(plan.expansion);
    const cascades = plan.cascades && !core.graph.isEmpty;
    const hardSources = cascades ? this.carriersWithNode(hard) : NO_SOURCES;
    const softSources = cascades ? this.carriersWithNode(soft) : NO_SOURCES;
    const epoch = core.epochs.batch();
    const atMs = core.now;
    const { client, reason } = request;
    const by: Causer = { client, reason };
    const causes: number[] = [];
    const causeOf = (tags: readonly string[]): number => {
      const kind = request.write === undefined ? 'tag' : 'write';
      const first = core.causes.addTags(tags, epoch, by, (tag) => causeIn(plan.expansion, tag) ?? { kind });
      if (leaving === null) return first;
      for (let nth = 0; nth < tags.length; nth++) {
        causes.push(first + nth);
        this.ledgers.set(first + nth, leaving);
      }
      return first;
    };
    const killed = hard.length === 0 ? null : core.tags.invalidate(hard, epoch, causeOf(hard));
    const spared =
      soft.length === 0 ? null : core.tags.invalidateSoftly(soft, epoch, { atMs, staggerMs }, causeOf(soft));
    for (const tag of hard) core.disk?.tag(tag, epoch);
    for (const tag of soft) core.disk?.tagSoft(tag, epoch, atMs, staggerMs);
    const outcome: Outcome = {
      epoch,
      causes,
      died: () => (killed?.died ?? 0) + (spared?.died ?? 0),
      exactAtOnce: (killed?.exact ?? true) && (spared?.exact ?? true),
      softCarriers: soft.length === 0 ? 0 : this.softenCarriers(soft, epoch, atMs, staggerMs),
      struckKeys: 0,
      cascaded: 0,
      softened: 0,
    };
    if (hard.length + soft.length > 0) this.housekeeping.wake();
    const strikeSoftly = (of: number, key: Bytes, cause: () => number) =>
      this.soften(of, key, plan, atMs, tally, outcome, cause);
    const strike = (of: number, key: Bytes, cause: () => number) => this.kill(of, key, tally, cause);
    let own = 0;
    const ownCause = () => {
      own ||= core.causes.add({ ...why, epoch, ...by });
      return own;
    };
    for (const key of keys) {
      if (softly ? strikeSoftly(db, key, ownCause) : strike(db, key, ownCause)) outcome.struckKeys++;
    }
    if (!cascades) return this.whenCounted(outcome);
    const named = keys.map((key): Source => ({ db, key, tag: why.tag }));
    const waits: Promise<void>[] = [];
    const cascade = (source: Source, through: string, hit: typeof strike) => {
      const paths = new Paths(core.causes, source.key, { epoch, through, tag: source.tag, ...by });
      const waiting = this.cascading.from(source.db, [source.key], epoch, (of, key, via) => {
        paths.reached(key, via);
        if (hit(of, key, () => paths.causeOf(key))) outcome.cascaded++;
      });
      if (waiting instanceof Promise) waits.push(waiting);
    };
    for (const source of hardSources) cascade(source, 'tag', strike);
    if (!softly) for (const source of named) cascade(source, why.kind, strike);
    for (const source of softSources) cascade(source, 'tag', strikeSoftly);
    if (softly) for (const source of named) cascade(source, why.kind, strikeSoftly);
    return waits.length === 0 ? this.whenCounted(outcome) : Promise.all(waits).then(() => this.whenCounted(outcome));
  }

  private whenCounted(outcome: Outcome): Outcome | Promise<Outcome> {
    return outcome.exactAtOnce ? outcome : (this.housekeeping.whenExact()?.then(() => outcome) ?? outcome);
  }

  /** Whether an entry died that somebody could have been given. */
  private kill(db: number, key: Bytes, tally: Tally | null, causeOf: () => number): boolean {
    const { core } = this;
    const slot = core.findServable(db, key);
    core.changed(db, key);
    if (slot === 0) {
      core.removeUnknown(db, key);
      return false;
    }
    tally?.add(core, slot);
    core.killed(slot, causeOf());
    return true;
  }

  /** The same, but what has a grace and a loader becomes stale. Loads under way are overtaken all the same. */
  private soften(
    db: number,
    key: Bytes,
    plan: Plan,
    atMs: number,
    tally: Tally | null,
    outcome: Outcome,
    causeOf: () => number,
  ): boolean {
    const { core } = this;
    const { memory, graces } = core;
    const slot = core.findServable(db, key);
    if (slot === 0 || !graces.soften(slot, atMs, plan.staggerMs)) return this.kill(db, key, tally, causeOf);
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
      const tag = member === 0 ? undefined : tags.find((each) => core.tags.has(member, each));
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
        const slot = core.findServable(db, key);
        if (slot !== 0) add(slot, db, key);
      });
    }
    return sources;
  }

  /** Counts and tells what was done; how many entries it came to. */
  private told(plan: Plan, { client, reason }: InvalidateRequest, outcome: Outcome): number {
    const { counters, probe, world } = this.core;
    const atMs = world.clock.now + world.clock.wallOffsetMs;
    const { epoch, softCarriers, struckKeys, cascaded } = outcome;
    const invalidated = outcome.died() + softCarriers + struckKeys + cascaded;
    const softened = softCarriers + outcome.softened;
    counters.invalidations++;
    counters.cascaded += cascaded;
    counters.softenedEntries += softened;
    counters.invalidatedEntries += invalidated - softened;
    if (plan.softly || plan.soft.length > 0) counters.softInvalidations++;
    probe.invalidated({
      epoch,
      atMs,
      tags: plan.hard,
      keys: plan.keys.length,
      died: invalidated,
      cascaded,
      client,
      reason,
    });
    return invalidated;
  }
}

function checkLimit({ tally }: Preview, limit: number | undefined): void {
  if (limit === undefined || tally.entries <= limit) return;
  throw new Fault(`ERR ${tally.entries} entries would be invalidated, more than LIMIT ${limit}; nothing was`);
}

function rulesOf({ expansion }: Plan): string[] {
  return [...new Set(expansion.fired.map(({ rule }) => rule.spec.name))];
}

function figuresOf({ memory, disk, bytes, reloadUs }: Tally) {
  return { byLayer: { memory, disk }, bytes, reloadUs: Math.round(reloadUs) };
}
