import { type Bytes, bytesOf, copyOf } from '../base/bytes';
import { Fault } from '../base/fault';
import { NEVER, TYPE_STRING } from '../layers/layer';
import type { Value } from './api';
import { type Core, nameOf } from './core';
import type { Family, Loaded } from './families';
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

type Store = (db: number, key: Bytes, value: Bytes, tags: readonly string[], loaded: Loading) => void;

/** One load under way. */
interface Loading {
  readonly db: number;
  readonly key: Buffer;
  readonly family: Family;
  /** The epoch when it began: an invalidation later than this makes its result old. */
  readonly epoch: number;
  readonly waiters: Waiter[];
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
  /** Every load under way, joinable or not: the oldest epoch among them holds back forgetting of tags. */
  private readonly underWay = new Set<Loading>();

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    private readonly store: Store,
  ) {}

  /** Reads through; null if no loader is configured for the key, or the origin has no such thing. */
  get(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const family = this.core.families.match(key.buf.toString('latin1', key.start, key.end));
    if (family === null || family.load === null) return null;
    return this.join(this.core.dbs.of(db), key, family);
  }

  /** Queues loads for keys that have a loader and are not there; how many. */
  warm(db: number, keys: readonly Bytes[]): number {
    const { core } = this;
    let queued = 0;
    for (const key of keys) {
      const family = core.families.any ? core.families.match(key.buf.toString('latin1', key.start, key.end)) : null;
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

  /** The start of the oldest load under way; Infinity without any. */
  get oldestEpoch(): number {
    let oldest = NEVER;
    for (const loading of this.underWay) oldest = Math.min(oldest, loading.epoch);
    return oldest;
  }

  get stats() {
    return { underWay: this.underWay.size, waiters: this.waiting, warmQueue: this.warmQueue.size };
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
    if (loading !== undefined && !this.isOvertaken(loading, family.tags, NO_NAMES)) core.counters.loadsCoalesced++;
    else loading = this.begin(name, db, copyOf(key), family);
    this.waiting++;
    return new Promise((resolve, reject) => {
      loading.waiters.push({ epoch: core.epochs.current, resolve, reject });
    });
  }

  private begin(name: string, db: number, key: Buffer, family: Family): Loading {
    const { core } = this;
    const epoch = core.epochs.current;
    const loading: Loading = {
      db,
      key,
      family,
      epoch,
      waiters: [],
      expiresAt: NEVER,
      sources: [],
    };
    this.loads.set(name, loading);
    this.underWay.add(loading);
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
      core.counters.loadMs += core.world.clock.fineMs() - began;
      this.running--;
      if (this.loads.get(name) === loading) this.loads.delete(name);
      this.finish(loading, loaded);
      this.underWay.delete(loading);
      core.changes.release();
      this.line.shift()?.();
      this.warmNext();
    };
    loading.family.load!(this.limits.deadlineMs).then(done, (failure: unknown) =>
      done({ kind: 'failure', reason: failure instanceof Error ? failure.message : 'failed' }),
    );
  }

  private finish(loading: Loading, loaded: Loaded): void {
    const { core } = this;
    core.world.clock.refresh();
    this.waiting -= loading.waiters.length;
    const own = loaded.kind === 'value' ? loaded : undefined;
    const tags = own?.tags ? [...new Set([...loading.family.tags, ...own.tags])] : loading.family.tags;
    const sources = own?.sources ?? NO_NAMES;
    if (this.isOvertaken(loading, tags, sources)) {
      this.finishOld(loading, loaded, own?.tags ?? NO_NAMES, sources);
      return;
    }
    if (loaded.kind === 'value') this.keep(loading, loaded, tags);
    else if (loaded.kind === 'failure') core.counters.loadFailures++;
    for (const waiter of loading.waiters) answer(waiter, loaded);
  }

  /**
   * What was read is older than an invalidation: not stored, and only for those who asked before it. Nobody joined after an
   * invalidation of what was known beforehand; but of a name that the value itself brought, only the last one is known, and
   * an earlier one may have come before any reader but those of the first moment.
   */
  private finishOld(loading: Loading, loaded: Loaded, tags: readonly string[], sources: readonly string[]): void {
    this.core.counters.fencedFills++;
    const brought = tags.filter((tag) => !loading.family.tags.includes(tag));
    const isSurprise =
      this.core.tags.anyInvalidatedAfter(brought, loading.epoch) || this.sourcesChanged(loading, sources);
    for (const waiter of loading.waiters) {
      if (!isSurprise || waiter.epoch === loading.epoch) answer(waiter, loaded);
      else this.join(loading.db, bytesOf(loading.key), loading.family).then(waiter.resolve, waiter.reject);
    }
  }

  /** Whether its key, a source or a tag was changed since the load began. */
  private isOvertaken(loading: Loading, tags: readonly string[], sources: readonly string[]): boolean {
    const { changes, tags: known } = this.core;
    return (
      changes.lastOf(loading.db, loading.key.toString('latin1')) > loading.epoch ||
      this.sourcesChanged(loading, loading.family.dependsOn) ||
      this.sourcesChanged(loading, sources) ||
      known.anyInvalidatedAfter(tags, loading.epoch)
    );
  }

  private sourcesChanged({ db, epoch }: Loading, sources: readonly string[]): boolean {
    return sources.some((source) => this.core.changes.lastOf(db, source) > epoch);
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
  else if (loaded.kind === 'absent') waiter.resolve(null);
  else waiter.reject(new Fault(`ERR loader: ${loaded.reason}`));
}

export type { Loading };
