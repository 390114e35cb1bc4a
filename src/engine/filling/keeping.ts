import { type Bytes, bytesOf, Span } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { TYPE_STRING } from '../../layers/layer';
import type { LoadResult } from '../../loaders/loader';
import type { SetOptions, Value } from '../api';
import type { Core } from '../core';
import type { Family } from '../families';
import type { QuietOutcome } from '../quiet-loads';
import { ValueView } from '../values';
import { isAdmitted } from './admission';
import type { Facts } from './facts';
import { Lifetimes } from './lifetime';
import { type FillLimits, Patience } from './limits';
import type { Load } from './load';
import type { Negatives } from './negatives';
import { RefreshWatch } from './refresh-watch';

/** After a refresh that failed, the stale value is served at least this long before the next one begins. */
const RETRY_MS = 1_000;

type Loaded = LoadResult & { kind: 'value' };

/** Puts a loaded value in place of what is there; the entry's slot. */
export type Store = (db: number, key: Bytes, value: Bytes, options: SetOptions, family: Family) => number;

/** What becomes of a load's result that nothing has overtaken. */
export class Keeping {
  readonly watch: RefreshWatch;
  private readonly lifetimes: Lifetimes;
  private readonly view = new Span(Buffer.alloc(0));

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    readonly facts: Facts,
    private readonly negatives: Negatives,
    private readonly store: Store,
  ) {
    this.watch = new RefreshWatch(core);
    this.lifetimes = new Lifetimes(core, limits, facts);
  }

  /** The source need not send again what is there. */
  giveValidator(load: Load): void {
    const fact = this.facts.get(load.name);
    if (fact?.validator === undefined || load.from.batchKeysMax > 1) return;
    if (this.slotOf(load) !== 0) load.validator = fact.validator;
  }

  keep(load: Load, loaded: Loaded): QuietOutcome {
    const { core } = this;
    this.negatives.delete(load.name);
    if (loaded.store === false || core.dbs.logicalOf(load.db) < 0) return 'loaded';
    const key = bytesOf(load.key);
    const value = bytesOf(loaded.value);
    const isUnasked = load.isQuiet && load.waiters.length === 0;
    if (isUnasked && !isAdmitted(core, load.db, key, loaded.value.length)) return 'full';
    const changed = this.isChanged(load, loaded.value);
    const costMs = loaded.costUs === undefined ? core.costs.meanUsOf(load.family.name) / 1000 : loaded.costUs / 1000;
    const { expiresAt, aheadMs, periodMs } = this.lifetimes.of(load, loaded.ttlMs, costMs, changed);
    const tags = loaded.tags ? [...new Set([...load.tags, ...loaded.tags])] : load.tags;
    const options = { expiresAt, aheadMs, tags, sources: loaded.sources ?? [], madeAt: load.epoch };
    try {
      const slot = this.store(load.db, key, value, options, load.family);
      core.counters.originHits++;
      this.facts.set(load.name, {
        ...{ epoch: load.epoch, atMs: load.beganAtMs, validator: loaded.validator, periodMs },
        value: loaded.value,
      });
      this.refreshed(load, slot, expiresAt, changed);
    } catch (refused) {
      if (!(refused instanceof Fault)) throw refused;
      return 'full';
    }
    return changed === false ? 'unchanged' : 'loaded';
  }

  /** What is there is right and holds longer; null if it is not there any more. */
  renew(load: Load, loaded: LoadResult & { kind: 'unchanged' }): Value | null {
    const { core } = this;
    const slot = this.slotOf(load);
    const fact = this.facts.get(load.name);
    if (slot === 0 || fact === undefined) return null;
    const costMs = core.costs.meanUsOf(load.family.name) / 1000;
    const { expiresAt, aheadMs, periodMs } = this.lifetimes.of(load, loaded.ttlMs, costMs, false);
    core.renew(slot, load.epoch, expiresAt, aheadMs);
    this.facts.renew(load.name, { ...fact, periodMs }, load.epoch, load.beganAtMs);
    this.refreshed(load, slot, expiresAt, false);
    const value = new ValueView(Buffer.alloc(0));
    core.memory.view(slot, value);
    value.type = TYPE_STRING;
    return value;
  }

  /** What the origin no longer has is gone, and that is remembered for a while. */
  absent({ db, key, name, family, epoch }: Load, { ttlMs }: LoadResult & { kind: 'absent' }): void {
    const { core } = this;
    const slot = core.findLive(db, bytesOf(key));
    if (slot !== 0) core.remove(slot, 'deleted');
    this.facts.delete(name);
    const spread = 1 + family.jitter * (2 * core.world.random() - 1);
    this.negatives.add(name, Math.round((ttlMs ?? new Patience(family, this.limits).negativeTtlMs) * spread), epoch);
  }

  /** A stale value outlives a failure of its refresh, until its grace ends. */
  failed({ db, key, order }: Load, pauseMs: number): void {
    const { core } = this;
    if (order.kind !== 'read') core.counters.refreshFailures++;
    const slot = core.findLive(db, bytesOf(key));
    if (slot !== 0) core.graces.retryAt(slot, core.now + Math.max(RETRY_MS, pauseMs));
  }

  /** The entry, if it is in memory and the very value that the facts are about. */
  private slotOf({ db, key, name }: Load): number {
    const { core } = this;
    const slot = core.findLive(db, bytesOf(key));
    const fact = this.facts.get(name);
    if (slot === 0 || fact === undefined || !core.isResident(slot)) return 0;
    core.memory.view(slot, this.view);
    return this.facts.isOf(fact, this.view.buf, this.view.start, this.view.end) ? slot : 0;
  }

  /** Against the value that is there; undefined: there is none. */
  private isChanged({ db, key }: Load, value: Buffer): boolean | undefined {
    const { core } = this;
    const slot = core.memory.find(db, bytesOf(key));
    if (slot === 0 || !core.isServable(slot) || !core.isResident(slot)) return undefined;
    core.memory.view(slot, this.view);
    const { buf, start, end } = this.view;
    return !value.equals(buf.subarray(start, end));
  }

  private refreshed(load: Load, slot: number, expiresAt: number, changed: boolean | undefined): void {
    const { counters } = this.core;
    if (changed === true) counters.refreshesChanged++;
    else if (changed === false) counters.refreshesUnchanged++;
    if (load.isQuiet) this.watch.stored(load, slot, expiresAt);
  }
}
