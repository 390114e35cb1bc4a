import { type Bytes, bytesOf, copyOf, latin1Of } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { nameOf } from '../../base/key-name';
import { whenReady } from '../../base/when-ready';
import type { LoadResult } from '../../loaders/loader';
import type { Value } from '../api';
import type { Core } from '../core';
import type { Family, FamilyLoad } from '../families';
import type { QuietLoad, QuietLoads, QuietOutcome, SourceState } from '../quiet-loads';
import { isAdmitted, usualBytes } from './admission';
import { BackOff } from './back-off';
import { Facts } from './facts';
import { Keeping, type Store } from './keeping';
import { EARLY_COSTS } from './lifetime';
import { type FillLimits, Patience } from './limits';
import { Load, type LoadOrder, type Waiter } from './load';
import { Negatives } from './negatives';
import { Sources } from './sources';
import { answer, reject } from './waiters';
import { WarmLine } from './warm-line';

const NO_NAMES: readonly string[] = [];
const READ: LoadOrder = { kind: 'read' };
const REFRESH: LoadOrder = { kind: 'refresh' };
const AHEAD: LoadOrder = { kind: 'quiet' };
const TOO_MANY = 'ERR loader: too many readers are waiting (load-waiters-max)';

/** A reader who wants to wait. */
interface Asked {
  /** Nothing that began before now will do. */
  fresh?: boolean;
  /** What may be served instead of an error, or once `softTimeoutMs` are over; null: nothing any more. */
  stored?: (() => Value | null | Promise<Value | null>) | undefined;
  softTimeoutMs?: number;
  /** False: only once the soft timeout is over. */
  mayStandIn?: boolean;
}
const ASKED: Asked = {};

/**
 * Loads from the origin: one per key however many ask (single flight). A result is stored, and given to those who asked
 * before, only as what it is. Whoever asked after an invalidation was acknowledged never gets what was read before it: for
 * what is known of the key beforehand by not joining, for what the value itself names by a new load at the end.
 */
export class Filling implements QuietLoads {
  readonly negatives: Negatives;
  readonly facts: Facts;
  readonly sources: Sources;
  readonly warmLine: WarmLine;
  private readonly keeping: Keeping;
  private readonly backOff: BackOff;
  /** By name: what a reader may join. */
  private readonly loads = new Map<string, Load>();
  private waiting = 0;
  /** Loads in line and under way, joinable or not. */
  private underWay = 0;

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    store: Store,
  ) {
    this.negatives = new Negatives(core, limits.negativeKeysMax);
    this.facts = new Facts(limits.validatorsMax, core.world.random);
    this.backOff = new BackOff(core.world, limits);
    this.warmLine = new WarmLine(core, limits, (load) => this.tryQuietly(load));
    this.sources = new Sources(core, limits, (load, result, tookMs) => this.end(load, result, tookMs), {
      idle: () => this.warmLine.next(),
      recovered: () => this.backOff.clear(),
    });
    this.keeping = new Keeping(core, limits, this.facts, this.negatives, store);
    this.sources.beginning = (load) => this.keeping.giveValidator(load);
  }

  // --- who asks ------------------------------------------------------------------------------------------------------------

  /** Whether the source has said that there is no such thing, and nothing happened since. `db` is physical. */
  isKnownAbsent(db: number, key: Bytes): boolean {
    if (this.negatives.size === 0) return false;
    const family = this.core.families.match(latin1Of(key));
    return family !== null && this.negatives.has(db, key, family);
  }

  /** Reads through; null if no loader is configured for the key, or the origin has no such thing. */
  get(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const family = this.core.families.match(latin1Of(key));
    if (family === null || family.load === null) return null;
    return this.load(this.core.dbs.of(db), key, family);
  }

  /** Throws Fault while its last load failed just now. */
  private load(db: number, key: Bytes, family: Family): Promise<Value | null> {
    const failed = this.backOff.reasonFor(nameOf(db, key));
    if (failed === undefined) return this.join(db, key, family, ASKED);
    this.core.counters.loadsBackedOff++;
    throw new Fault(`ERR loader: ${failed}`);
  }

  /** Loads anew whatever is there; with `fresh` nothing that began before now. Throws Fault without a loader. */
  fetch(db: number, key: Bytes, family: Family, fresh: boolean): Promise<Value | null> {
    return this.join(this.core.dbs.of(db), key, family, { fresh });
  }

  /** When a load of the key that may be joined began, clock ms; undefined: none has. */
  beganAtMs(db: number, key: Bytes): number | undefined {
    const load = this.loads.get(nameOf(this.core.dbs.of(db), key));
    return load?.hasBegun === true ? load.beganAtMs : undefined;
  }

  /**
   * A live entry that is stale is read: a load begins, unless one is under way or the last one failed just now. Null: serve it
   * at once. Else the new value, or what `stored` gives when the load fails or the soft timeout is over. Throws Fault where it
   * may not stand in for a load that fails any more.
   */
  stale(slot: number, key: Bytes, stored: Asked['stored']): Promise<Value | null> | null {
    const { core } = this;
    const family = core.families.match(latin1Of(key));
    if (family === null || family.load === null) return null;
    const patience = new Patience(family, this.limits);
    const db = core.memory.dbOf(slot);
    const name = nameOf(db, key);
    const isTooOld = core.now - core.graces.freshUntil(slot) > patience.staleIfErrorMs;
    const isFailing = core.graces.hasFailed(slot) || !this.sources.of(family.load).breaker.mayCall;
    if (isTooOld && isFailing) return this.load(db, key, family);
    if (isFailing && !core.graces.mayRefresh(slot)) return null;
    if (this.waiting >= this.limits.waitersMax || !this.sources.of(family.load).breaker.mayCall) return null;
    const { softTimeoutMs } = patience;
    if (softTimeoutMs > 0) return this.join(db, key, family, { softTimeoutMs, stored, mayStandIn: !isTooOld });
    if (this.joinable(name) === undefined) this.beginRefresh(name, db, key, family, family.load, REFRESH);
    return null;
  }

  /** An entry that is fresh, but soon no more, is read. */
  ahead(slot: number, key: Bytes): void {
    const { core } = this;
    const family = core.families.match(latin1Of(key));
    if (family === null || family.load === null || !core.graces.mayRefresh(slot)) return;
    const db = core.memory.dbOf(slot);
    const name = nameOf(db, key);
    if (this.loads.has(name) || !this.isDue(slot, family) || !this.sources.hasRoomForQuiet(family.load)) return;
    core.counters.refreshesAhead++;
    this.beginRefresh(name, db, key, family, family.load, AHEAD);
  }

  /** As XFetch: at random, the likelier the nearer the end and the dearer the load. */
  private isDue(slot: number, family: Family): boolean {
    const { core } = this;
    if (new Patience(family, this.limits).refreshAhead.kind !== 'early') return true;
    const costMs = core.graces.aheadMsOf(slot) / EARLY_COSTS;
    return -costMs * Math.log(1 - core.world.random()) >= core.graces.freshUntil(slot) - core.now;
  }

  /** Whether a reader of the key would wait for a load that is under way. `db` is physical. */
  isLoading(db: number, key: Bytes): boolean {
    return this.loads.has(nameOf(db, key));
  }

  get stats() {
    return { underWay: this.underWay, waiters: this.waiting, warmQueue: this.warmLine.size };
  }

  /** What readers did not wait for, since another's load was under way: about so long, ms. */
  get savedMs(): number {
    return this.sources.all.reduce((sum, source) => sum + source.savedMs, 0);
  }

  /** Judges refreshed values whose time has come. */
  settle(): void {
    this.keeping.watch.settle();
  }

  // --- those that nobody waits for -----------------------------------------------------------------------------------------

  async loadQuietly(load: QuietLoad): Promise<QuietOutcome> {
    return this.tryQuietly(load);
  }

  /** As loadQuietly, and at once where there is nothing to wait for. */
  tryQuietly({ db, key, ttlMs, tags, force }: QuietLoad): QuietOutcome | Promise<QuietOutcome> {
    const { core } = this;
    const family = core.families.match(latin1Of(key));
    if (family === null || family.load === null) return 'no-loader';
    const slot = core.findLive(db, key);
    if (slot !== 0 && force !== true && core.isFresh(slot)) return 'fresh';
    const name = nameOf(db, key);
    const known = this.joinable(name);
    if (known !== undefined) return new Promise((told) => known.told.push(told));
    if (this.waiting >= this.limits.waitersMax || !this.sources.hasRoomForQuiet(family.load)) return 'busy';
    if (this.backOff.reasonFor(name) !== undefined) return 'failed';
    if (!isAdmitted(core, db, key, slot === 0 ? usualBytes(core) : core.memory.valueLength(slot))) return 'full';
    const load = this.newLoad(name, db, key, family, family.load, { kind: 'quiet', ttlMs, tags });
    const told = new Promise<QuietOutcome>((tell) => load.told.push(tell));
    this.start(load);
    return told;
  }

  sourceStates(): SourceState[] {
    return this.sources.all.map((source) => source.state());
  }

  // --- one load ------------------------------------------------------------------------------------------------------------

  private beginRefresh(name: string, db: number, key: Bytes, family: Family, from: FamilyLoad, order: LoadOrder): void {
    this.core.counters.refreshes++;
    this.start(this.newLoad(name, db, key, family, from, order));
  }

  /** The load of the key that whoever comes now may join. */
  private joinable(name: string): Load | undefined {
    const loading = this.loads.get(name);
    if (loading === undefined || !loading.hasBegun) return loading;
    return loading.isOvertaken(this.core, loading.tags, loading.dependsOn) ? undefined : loading;
  }

  private join(db: number, key: Bytes, family: Family, asked: Asked): Promise<Value | null> {
    const { core } = this;
    if (this.waiting >= this.limits.waitersMax) {
      core.counters.loadsRefused++;
      throw new Fault(TOO_MANY);
    }
    const name = nameOf(db, key);
    const known = this.joinable(name);
    const source = this.sources.of(family.load!);
    const refusal = known === undefined ? this.sources.refusal(source) : undefined;
    if (refusal !== undefined) throw new Fault(`ERR loader: ${refusal}`);
    let load = known;
    if (load === undefined) load = this.newLoad(name, db, key, family, family.load!, READ);
    else if (asked.fresh === true && load.hasBegun) load = this.nextOf(load);
    else {
      core.counters.loadsCoalesced++;
      source.coalesced++;
      source.savedMs += source.latencies.meanMs;
    }
    const promise = this.wait(load, asked);
    if (known === undefined) this.start(load);
    return promise;
  }

  private wait(load: Load, { stored, softTimeoutMs, mayStandIn = true }: Asked): Promise<Value | null> {
    const { core } = this;
    this.waiting++;
    return new Promise((resolve, rejectWith) => {
      const waiter: Waiter = {
        epoch: core.epochs.note(),
        answered: false,
        resolve,
        reject: rejectWith,
        stored,
        mayStandIn,
      };
      load.waiters.push(waiter);
      if (softTimeoutMs === undefined) return;
      waiter.cancelTimer = core.world.scheduler.after(softTimeoutMs, () => this.lostPatience(load, waiter));
    });
  }

  /** The load goes on; what is stale is served, if it still is. */
  private lostPatience(load: Load, waiter: Waiter): void {
    const { core } = this;
    core.world.clock.refresh();
    void whenReady(waiter.stored!(), (value) => {
      if (value === null || waiter.answered) return;
      core.counters.softTimeouts++;
      waiter.answered = true;
      this.waiting--;
      load.waiters.splice(load.waiters.indexOf(waiter), 1);
      answer(waiter, value);
    });
  }

  private newLoad(name: string, db: number, key: Bytes, family: Family, from: FamilyLoad, order: LoadOrder): Load {
    const before = this.loads.get(name);
    // Those who wait for the next one wait for this one.
    const next = before?.next;
    if (before !== undefined && next !== undefined) before.next = undefined;
    const load = next ?? new Load(name, db, copyOf(key), family, from, order, new Patience(family, this.limits));
    this.loads.set(name, load);
    if (next === undefined) this.hold(load);
    return load;
  }

  /** From now on what changes is noted. */
  private hold(load: Load): void {
    load.epoch = this.core.epochs.note();
    this.underWay++;
    this.waiting += load.weight;
    this.core.changes.hold();
  }

  private start(load: Load): void {
    this.sources.submit(load);
  }

  private nextOf(load: Load): Load {
    if (load.next === undefined) {
      const { name, db, key, family, patience } = load;
      load.next = new Load(name, db, key, family, family.load!, READ, patience);
      this.hold(load.next);
    }
    return load.next;
  }

  // --- its end -------------------------------------------------------------------------------------------------------------

  private end(load: Load, result: LoadResult, tookMs: number): void {
    const { core } = this;
    this.count(load, result, tookMs);
    const { next } = load;
    load.next = undefined;
    if (this.loads.get(load.name) === load) {
      if (next === undefined) this.loads.delete(load.name);
      else this.loads.set(load.name, next);
    }
    const outcome = this.finish(load, result);
    this.underWay--;
    core.changes.release();
    core.loadEnded(load.db, load.key);
    for (const tell of load.told) tell(outcome);
    const { db, key, family, isQuiet } = load;
    core.probe.loaded?.({ db, key, family: family.name, tookMs, quiet: isQuiet, outcome });
    if (next !== undefined) this.start(next);
  }

  private count({ name, family, hasBegun }: Load, result: LoadResult, tookMs: number): void {
    const { counters, costs } = this.core;
    counters.loadMs += tookMs;
    if (result.kind !== 'failure') {
      costs.loaded(family.name, result.kind === 'value' && result.costUs !== undefined ? result.costUs / 1000 : tookMs);
      this.backOff.succeeded(name);
    } else if (hasBegun) counters.loadFailures++;
  }

  private finish(load: Load, loaded: LoadResult): QuietOutcome {
    const { core } = this;
    core.world.clock.refresh();
    for (const waiter of load.waiters) waiter.cancelTimer?.();
    this.waiting -= load.waiters.length + load.weight;
    const own = loaded.kind === 'value' ? loaded : undefined;
    const ownOvertaken = own !== undefined && load.isOvertaken(core, own.tags ?? NO_NAMES, own.sources ?? NO_NAMES);
    if (ownOvertaken || load.isOvertaken(core, load.tags, load.dependsOn)) {
      const named = [...load.tags, ...(own?.tags ?? NO_NAMES)];
      core.losing.fenced(load.db, bytesOf(load.key), named, load.epoch, 'load');
      this.finishOld(load, loaded, ownOvertaken);
      return 'fenced';
    }
    switch (loaded.kind) {
      case 'value':
        return this.finishValue(load, loaded);
      case 'unchanged':
        return this.finishUnchanged(load, loaded);
      case 'absent':
        this.keeping.absent(load, loaded);
        for (const waiter of load.waiters) answer(waiter, null);
        return 'absent';
      case 'failure':
        if (load.hasBegun) this.keeping.failed(load, this.backOff.failed(load.name, loaded));
        for (const waiter of load.waiters) reject(waiter, loaded, core.counters);
        return 'failed';
    }
  }

  private finishValue(load: Load, loaded: LoadResult & { kind: 'value' }): QuietOutcome {
    const outcome = this.keeping.keep(load, loaded);
    for (const waiter of load.waiters) answer(waiter, loaded.value);
    return outcome;
  }

  private finishUnchanged(load: Load, loaded: LoadResult & { kind: 'unchanged' }): QuietOutcome {
    const value = this.keeping.renew(load, loaded);
    if (value === null) {
      this.facts.delete(load.name);
      for (const waiter of load.waiters) this.askAgain(load, waiter);
      return 'fenced';
    }
    for (const waiter of load.waiters) answer(waiter, value);
    return 'unchanged';
  }

  /**
   * What was read is older than an invalidation: not stored, and only for those who asked before it. Who joined did so
   * before anything of the family was invalidated. What the value itself names nobody knew then, and of several
   * invalidations only the last is known now: there, only those who asked before the first that may have been.
   */
  private finishOld(load: Load, loaded: LoadResult, byItsOwn: boolean): void {
    for (const waiter of load.waiters) {
      if (loaded.kind === 'unchanged') this.askAgain(load, waiter);
      else if (!byItsOwn || waiter.epoch <= load.epoch) this.answerOld(waiter, loaded);
      else this.askAgain(load, waiter);
    }
  }

  private answerOld(waiter: Waiter, loaded: Exclude<LoadResult, { kind: 'unchanged' }>): void {
    if (loaded.kind === 'failure') reject(waiter, loaded, this.core.counters);
    else answer(waiter, loaded.kind === 'value' ? loaded.value : null);
  }

  private askAgain({ db, key, family }: Load, waiter: Waiter): void {
    waiter.answered = true;
    try {
      this.join(db, bytesOf(key), family, waiter).then(waiter.resolve, waiter.reject);
    } catch (refused) {
      waiter.reject(refused as Fault);
    }
  }
}
