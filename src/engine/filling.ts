import { type Bytes, bytesOf, copyOf, latin1Of } from '../base/bytes';
import { Fault } from '../base/fault';
import { nameOf } from '../base/key-name';
import { NEVER, TYPE_STRING } from '../layers/layer';
import type { Value } from './api';
import type { Core } from './core';
import type { Family, Loaded } from './families';
import { isOvertaken } from './fence';
import { valueFrom } from './values';

export interface FillLimits {
  /** Loads at once, over all keys; more wait in line. */
  readonly loadsMax: number;
  /** Readers waiting for loads, over all keys; more are refused. */
  readonly waitersMax: number;
  /** Keys queued by WARM. */
  readonly warmQueueMax: number;
  /** A load ends by then, ms. */
  readonly deadlineMs: number;
  /** TTL of loaded values whose template names none, ms; 0: none. */
  readonly defaultTtlMs: number;
}

const NO_NAMES: readonly string[] = [];
/** After a refresh that failed, the stale value is served this long before the next one begins. */
const RETRY_MS = 1_000;

type Store = (db: number, key: Bytes, value: Bytes, tags: readonly string[], loaded: Loading) => void;

/** One load under way. */
interface Loading {
  readonly db: number;
  readonly key: Buffer;
  readonly family: Family;
  /** The epoch when it began: an invalidation later than this makes its result old. */
  readonly epoch: number;
  readonly waiters: Waiter[];
  /** Begun for a stale value, which is served meanwhile: it counts as one who waits. */
  readonly isRefresh: boolean;
  expiresAt: number;
  sources: readonly string[];
}

interface Waiter {
  /** The epoch when this reader came. */
  epoch: number;
  resolve(value: Value | null): void;
  reject(fault: Fault): void;
}

/**
 * Loads from the origin: one per key however many ask (single flight). A result is stored, and given to those who asked
 * before, only as what it is. Whoever asked after an invalidation was acknowledged never gets what was read before it: for
 * what is known of the key beforehand by not joining, for what the value itself names by a new load at the end.
 */
export class Filling {
  private readonly loads = new Map<string, Loading>();
  private running = 0;
  private waiting = 0;
  private readonly line: (() => void)[] = [];
  private readonly warmQueue = new Map<string, { db: number; key: Buffer }>();
  /** Loads under way, joinable or not. */
  private underWay = 0;

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    private readonly store: Store,
  ) {}

  /** Reads through; null if no loader is configured for the key, or the origin has no such thing. */
  get(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const family = this.core.families.match(latin1Of(key));
    if (family === null || family.load === null) return null;
    return this.join(this.core.dbs.of(db), key, family);
  }

  /** Begins a load of a live entry that is stale, unless one is under way or the last one failed just now. */
  refresh(slot: number, key: Bytes): void {
    const { core } = this;
    const db = core.memory.dbOf(slot);
    if (this.waiting >= this.limits.waitersMax || !core.graces.mayRefresh(slot)) return;
    const family = core.families.match(latin1Of(key));
    if (family === null || family.load === null) return;
    const name = nameOf(db, key);
    const known = this.loads.get(name);
    if (known !== undefined && !this.isOvertaken(known, family.tags, family.dependsOn)) return;
    core.counters.refreshes++;
    this.waiting++;
    this.begin(name, db, copyOf(key), family, true);
  }

  /** Queues loads for keys that have a loader and are not there; how many. */
  warm(db: number, keys: readonly Bytes[]): number {
    const { core } = this;
    let queued = 0;
    for (const key of keys) {
      const family = core.families.any ? core.families.match(latin1Of(key)) : null;
      if (family === null || family.load === null) continue;
      if (this.warmQueue.size >= this.limits.warmQueueMax) break;
      const physical = core.dbs.of(db);
      this.warmQueue.set(nameOf(physical, key), { db: physical, key: copyOf(key) });
      queued++;
    }
    core.counters.warmQueued += queued;
    this.warmNext();
    return queued;
  }

  /** Whether a reader of the key would wait for a load that is under way. `db` is physical. */
  isLoading(db: number, key: Bytes): boolean {
    return this.loads.has(nameOf(db, key));
  }

  get stats() {
    return { underWay: this.underWay, waiters: this.waiting, warmQueue: this.warmQueue.size };
  }

  // --- one load ----------------------------------------------------------------------------------------------------------

  private join(db: number, key: Bytes, family: Family): Promise<Value | null> {
    const { core } = this;
    if (this.waiting >= this.limits.waitersMax) {
      core.counters.loadsRefused++;
      throw new Fault('ERR loader: too many readers are waiting (load-waiters-max)');
    }
    const name = nameOf(db, key);
    let loading = this.loads.get(name);
    if (loading !== undefined && !this.isOvertaken(loading, family.tags, family.dependsOn))
      core.counters.loadsCoalesced++;
    else loading = this.begin(name, db, copyOf(key), family);
    this.waiting++;
    return new Promise((resolve, reject) => {
      loading.waiters.push({ epoch: core.epochs.note(), resolve, reject });
    });
  }

  private begin(name: string, db: number, key: Buffer, family: Family, isRefresh = false): Loading {
    const { core } = this;
    const epoch = core.epochs.note();
    const loading: Loading = {
      db,
      key,
      family,
      epoch,
      waiters: [],
      isRefresh,
      expiresAt: NEVER,
      sources: [],
    };
    this.loads.set(name, loading);
    this.underWay++;
    core.changes.hold();
    this.whenFree(() => this.run(name, loading));
    return loading;
  }

  private whenFree(start: () => void): void {
    if (this.running < this.limits.loadsMax) start();
    else this.line.push(start);
  }

  private run(name: string, loading: Loading): void {
    const { core } = this;
    this.running++;
    core.counters.loads++;
    const began = core.world.clock.fineMs();
    const done = (loaded: Loaded) => {
      const tookMs = core.world.clock.fineMs() - began;
      core.counters.loadMs += tookMs;
      core.costs.loaded(loading.family.name, tookMs);
      this.running--;
      if (this.loads.get(name) === loading) this.loads.delete(name);
      this.finish(loading, loaded);
      this.underWay--;
      core.changes.release();
      core.loadEnded(loading.db, loading.key);
      this.line.shift()?.();
      this.warmNext();
    };
    loading.family
      .load!.one({ deadlineMs: this.limits.deadlineMs })
      .then(done, (failure: unknown) =>
        done({ kind: 'failure', reason: failure instanceof Error ? failure.message : 'failed', retryable: true }),
      );
  }

  private finish(loading: Loading, loaded: Loaded): void {
    const { core } = this;
    core.world.clock.refresh();
    this.waiting -= loading.waiters.length + (loading.isRefresh ? 1 : 0);
    const { family } = loading;
    const own = loaded.kind === 'value' ? loaded : undefined;
    const ownOvertaken = own !== undefined && this.isOvertaken(loading, own.tags ?? NO_NAMES, own.sources ?? NO_NAMES);
    if (ownOvertaken || this.isOvertaken(loading, family.tags, family.dependsOn)) {
      const named = [...family.tags, ...(own?.tags ?? NO_NAMES)];
      core.losing.fenced(loading.db, bytesOf(loading.key), named, loading.epoch, 'load');
      this.finishOld(loading, loaded, ownOvertaken);
      return;
    }
    const tags = own?.tags ? [...new Set([...family.tags, ...own.tags])] : family.tags;
    if (loaded.kind === 'value') this.keep(loading, loaded, tags);
    else if (loaded.kind !== 'unchanged') this.keepNothing(loading, loaded.kind);
    for (const waiter of loading.waiters) answer(waiter, loaded);
  }

  /** A stale value outlives a failure of its refresh, until its grace ends; what the origin no longer has is gone. */
  private keepNothing({ db, key, isRefresh }: Loading, kind: 'absent' | 'failure'): void {
    const { core } = this;
    const slot = core.findLive(db, bytesOf(key));
    const isStale = slot !== 0 && !core.isFresh(slot);
    if (isStale && kind === 'absent') core.remove(slot, 'deleted');
    if (kind === 'absent') return;
    core.counters.loadFailures++;
    if (isRefresh) core.counters.refreshFailures++;
    if (isStale) core.graces.retryAt(slot, core.now + RETRY_MS);
  }

  /**
   * What was read is older than an invalidation: not stored, and only for those who asked before it. Who joined did so
   * before anything of the family was invalidated. What the value itself names nobody knew then, and of several
   * invalidations only the last is known now: there, only those who asked before the first that may have been.
   */
  private finishOld(loading: Loading, loaded: Loaded, byItsOwn: boolean): void {
    for (const waiter of loading.waiters) {
      if (!byItsOwn || waiter.epoch <= loading.epoch) answer(waiter, loaded);
      else this.askAgain(loading, waiter);
    }
  }

  private askAgain({ db, key, family }: Loading, waiter: Waiter): void {
    try {
      this.join(db, bytesOf(key), family).then(waiter.resolve, waiter.reject);
    } catch (refused) {
      waiter.reject(refused as Fault);
    }
  }

  /**
   * Whether its key, one of these tags or one of these sources changed since the load began. What is spared by soft
   * invalidations is stored, stale from the beginning.
   */
  private isOvertaken(loading: Loading, tags: readonly string[], sources: readonly string[]): boolean {
    const { db, key, epoch, family } = loading;
    return isOvertaken(this.core, db, bytesOf(key), epoch, tags, sources, (family.graceMs ?? 0) > 0);
  }

  private keep(loading: Loading, loaded: Loaded & { kind: 'value' }, tags: readonly string[]): void {
    const { core } = this;
    const key = bytesOf(loading.key);
    if (core.dbs.logicalOf(loading.db) < 0) return;
    loading.expiresAt = this.expiry(loading.family, loaded.ttlMs);
    loading.sources = loaded.sources ?? [];
    try {
      this.store(loading.db, key, bytesOf(loaded.value), tags, loading);
      core.counters.originHits++;
    } catch (refused) {
      if (!(refused instanceof Fault)) throw refused;
    }
  }

  private expiry(family: Family, loadedTtlMs: number | undefined): number {
    const { core } = this;
    const ttlMs = loadedTtlMs ?? (family.ttlMs || this.limits.defaultTtlMs);
    if (ttlMs <= 0) return NEVER;
    const spread = 1 + family.jitter * (2 * core.world.random() - 1);
    return core.now + Math.max(1, Math.round(ttlMs * spread));
  }

  // --- WARM ----------------------------------------------------------------------------------------------------------------

  /** Foreground misses go first: a queued key is loaded only while loads are free. */
  private warmNext(): void {
    const { core } = this;
    for (const [name, { db, key }] of this.warmQueue) {
      if (this.running >= this.limits.loadsMax || this.line.length > 0) return;
      this.warmQueue.delete(name);
      const bytes = bytesOf(key);
      const family = core.families.match(key.toString('latin1'));
      if (family === null || family.load === null || core.findLive(db, bytes) !== 0) continue;
      if (this.waiting >= this.limits.waitersMax) return;
      this.join(db, bytes, family).then(
        () => core.counters.warmLoaded++,
        () => undefined,
      );
    }
  }
}

function answer(waiter: Waiter, loaded: Loaded): void {
  if (loaded.kind === 'value') waiter.resolve(valueFrom(loaded.value, TYPE_STRING));
  else if (loaded.kind === 'absent' || loaded.kind === 'unchanged') waiter.resolve(null);
  else waiter.reject(new Fault(`ERR loader: ${loaded.reason}`));
}

export type { Loading };
