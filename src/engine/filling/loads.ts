import { type Bytes, copyOf } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { nameOf } from '../../base/key-name';
import { whenReady } from '../../base/when-ready';
import type { Value } from '../api';
import type { Core } from '../core';
import type { Family, FamilyLoad } from '../families';
import { type FillLimits, Patience } from './limits';
import { Load, type LoadOrder, type Waiter } from './load';
import type { Sources } from './sources';
import { answer } from './waiters';

const READ: LoadOrder = { kind: 'read' };
const TOO_MANY = 'ERR loader: too many readers are waiting (load-waiters-max)';

/** A reader who wants to wait. */
export interface Asked {
  /** Nothing that began before now will do. */
  fresh?: boolean;
  /** What may be served instead of an error, or once `softTimeoutMs` are over; null: nothing any more. */
  stored?: (() => Value | null | Promise<Value | null>) | undefined;
  softTimeoutMs?: number;
  /** False: only once the soft timeout is over. */
  mayStandIn?: boolean;
}

/** One load a key, in line or under way: who joins it, who waits for it. */
export class Loads {
  /** By name: what a reader may join. */
  private readonly byName = new Map<string, Load>();
  waiting = 0;
  /** Loads in line and under way, joinable or not. */
  underWay = 0;

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    private readonly sources: Sources,
  ) {}

  /** No more may wait. */
  get isFull(): boolean {
    return this.waiting >= this.limits.waitersMax;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  get(name: string): Load | undefined {
    return this.byName.get(name);
  }

  /** The load of the key that whoever comes now may join. */
  joinable(name: string): Load | undefined {
    const loading = this.byName.get(name);
    if (loading === undefined || !loading.hasBegun) return loading;
    return loading.isOvertaken(this.core, loading.tags, loading.dependsOn) ? undefined : loading;
  }

  /** Throws Fault where no more may wait, or the source may not be called. */
  join(db: number, key: Bytes, family: Family, asked: Asked): Promise<Value | null> {
    const { core } = this;
    if (this.isFull) {
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

  /** It is in line once it is started. */
  newLoad(name: string, db: number, key: Bytes, family: Family, from: FamilyLoad, order: LoadOrder): Load {
    const before = this.byName.get(name);
    // Those who wait for the next one wait for this one.
    const next = before?.next;
    if (before !== undefined && next !== undefined) before.next = undefined;
    const load = next ?? new Load(name, db, copyOf(key), family, from, order, new Patience(family, this.limits));
    this.byName.set(name, load);
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

  start(load: Load): void {
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

  /** Nobody joins it any more. The load that begins when it ends, if there is one. */
  close(load: Load): Load | undefined {
    const { next } = load;
    load.next = undefined;
    if (this.byName.get(load.name) === load) {
      if (next === undefined) this.byName.delete(load.name);
      else this.byName.set(load.name, next);
    }
    return next;
  }

  /** Those who waited for it are about to be answered. */
  leave(load: Load): void {
    for (const waiter of load.waiters) waiter.cancelTimer?.();
    this.waiting -= load.waiters.length + load.weight;
  }
}
