import { type Bytes, bytesOf, latin1Of } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { nameOf } from '../../base/key-name';
import type { LoadResult } from '../../loaders/loader';
import type { Value } from '../api';
import type { Core } from '../core';
import type { Family, FamilyLoad } from '../families';
import type { QuietLoad, QuietLoads, QuietOutcome, SourceState } from '../quiet-loads';
import { isAdmitted, usualBytes } from './admission';
import { BackOff } from './back-off';
import { Endings } from './endings';
import { Facts } from './facts';
import { Keeping, type Store } from './keeping';
import { EARLY_COSTS } from './lifetime';
import { type FillLimits, Patience } from './limits';
import type { Load, LoadOrder, Waiter } from './load';
import { type Asked, Loads } from './loads';
import { Negatives } from './negatives';
import { Sources } from './sources';

const REFRESH: LoadOrder = { kind: 'refresh' };
const AHEAD: LoadOrder = { kind: 'quiet' };
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
  private readonly keeping: Keeping;
  private readonly backOff: BackOff;
  private readonly loads: Loads;
  private readonly endings: Endings;

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    store: Store,
  ) {
    this.negatives = new Negatives(core, limits.negativeKeysMax);
    this.facts = new Facts(limits.validatorsMax, core.world.random);
    this.backOff = new BackOff(core.world, limits);
    this.sources = new Sources(core, limits, (load, result, tookMs) => this.end(load, result, tookMs));
    this.sources.recovered = () => this.backOff.clear();
    this.loads = new Loads(core, limits, this.sources);
    this.keeping = new Keeping(core, limits, this.facts, this.negatives, store);
    this.sources.beginning = (load) => this.keeping.giveValidator(load);
    this.endings = new Endings({
      core,
      keeping: this.keeping,
      backOff: this.backOff,
      askAgain: (load, waiter) => this.askAgain(load, waiter),
    });
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
    if (failed === undefined) return this.loads.join(db, key, family, ASKED);
    this.core.counters.loadsBackedOff++;
    throw new Fault(`ERR loader: ${failed}`);
  }

  /** Loads anew whatever is there; with `fresh` nothing that began before now. Throws Fault without a loader. */
  fetch(db: number, key: Bytes, family: Family, fresh: boolean): Promise<Value | null> {
    return this.loads.join(this.core.dbs.of(db), key, family, { fresh });
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
    if (this.loads.isFull || !this.sources.of(family.load).breaker.mayCall) return null;
    const { softTimeoutMs } = patience;
    if (softTimeoutMs > 0) return this.loads.join(db, key, family, { softTimeoutMs, stored, mayStandIn: !isTooOld });
    if (this.loads.joinable(name) === undefined) this.beginRefresh(name, db, key, family, family.load, REFRESH);
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
    return { underWay: this.loads.underWay, waiters: this.loads.waiting };
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

  async loadQuietly({ db, key, ttlMs, tags, force }: QuietLoad): Promise<QuietOutcome> {
    const { core } = this;
    const family = core.families.match(latin1Of(key));
    if (family === null || family.load === null) return 'no-loader';
    const slot = core.findLive(db, key);
    if (slot !== 0 && force !== true && core.isFresh(slot)) return 'fresh';
    const name = nameOf(db, key);
    const known = this.loads.joinable(name);
    if (known !== undefined) return new Promise((told) => known.told.push(told));
    if (this.loads.isFull || !this.sources.hasRoomForQuiet(family.load)) return 'busy';
    if (this.backOff.reasonFor(name) !== undefined) return 'failed';
    if (!isAdmitted(core, db, key, slot === 0 ? usualBytes(core) : core.memory.valueLength(slot))) return 'full';
    const load = this.loads.newLoad(name, db, key, family, family.load, { kind: 'quiet', ttlMs, tags });
    const told = new Promise<QuietOutcome>((tell) => load.told.push(tell));
    this.loads.start(load);
    return told;
  }

  sourceStates(): SourceState[] {
    return this.sources.all.map((source) => source.state());
  }

  // --- one load ------------------------------------------------------------------------------------------------------------

  private beginRefresh(name: string, db: number, key: Bytes, family: Family, from: FamilyLoad, order: LoadOrder): void {
    this.core.counters.refreshes++;
    this.loads.start(this.loads.newLoad(name, db, key, family, from, order));
  }

  // --- its end -------------------------------------------------------------------------------------------------------------

  private end(load: Load, result: LoadResult, tookMs: number): void {
    const { core } = this;
    this.count(load, result, tookMs);
    const next = this.loads.close(load);
    core.world.clock.refresh();
    this.loads.leave(load);
    const outcome = this.endings.finish(load, result);
    this.loads.underWay--;
    core.changes.release();
    core.loadEnded(load.db, load.key);
    for (const tell of load.told) tell(outcome);
    const { db, key, family, isQuiet } = load;
    core.probe.loaded?.({ db, key, family: family.name, tookMs, quiet: isQuiet, outcome });
    if (next !== undefined) this.loads.start(next);
  }

  private count({ name, family, hasBegun }: Load, result: LoadResult, tookMs: number): void {
    const { counters, costs } = this.core;
    counters.loadMs += tookMs;
    if (result.kind !== 'failure') {
      costs.loaded(family.name, result.kind === 'value' && result.costUs !== undefined ? result.costUs / 1000 : tookMs);
      this.backOff.succeeded(name);
    } else if (hasBegun) counters.loadFailures++;
  }

  private askAgain({ db, key, family }: Load, waiter: Waiter): void {
    waiter.answered = true;
    try {
      this.loads.join(db, bytesOf(key), family, waiter).then(waiter.resolve, waiter.reject);
    } catch (refused) {
      waiter.reject(refused as Fault);
    }
  }
}
