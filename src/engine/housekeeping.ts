import { Fault } from '../base/fault';
import type { Background } from './background';
import type { Core } from './core';
import { PHYSICAL_DATABASES } from './databases';
import { ForgottenTags } from './forgotten-tags';

/** Entries looked at between two looks at the clock. */
const STEP = 64;
/** Commands that wait for counts to be exact, or for a sweep; more are refused. */
const WAITERS_MAX = 10_000;

/**
 * What is tidied behind the replies, in slices: expired entries, members of invalidated tags, flushed databases, memory
 * above its limit. Also the two moments that commands wait for: the directory is complete, and every count is exact.
 */
export class Housekeeping {
  private readonly forgotten: ForgottenTags;
  private sweepCursor = 0;
  private exactWaiters: (() => void)[] = [];
  private reclaimedWaiters: (() => void)[] = [];
  private sweptWaiters: (() => void)[] = [];
  private loadedWaiters: (() => void)[] = [];

  constructor(
    private readonly core: Core,
    private readonly background: Background,
  ) {
    this.forgotten = new ForgottenTags(core);
    core.whenLoaded = () => this.whenLoaded();
    background.isAwaited = () => this.exactWaiters.length + this.sweptWaiters.length > 0;
    background.add('expire', (enough) => this.expire(enough));
    background.add('reclaim', (enough) => this.reclaim(enough));
    background.add('sweep', (enough) => this.sweep(enough));
    background.add('shrink', (enough) => this.shrink(enough));
  }

  wake(): void {
    this.background.wake('reclaim');
  }

  // --- moments that commands wait for -------------------------------------------------------------------------------

  whenLoaded(): undefined | Promise<void> {
    if (this.core.complete) return undefined;
    return this.enlist(this.loadedWaiters);
  }

  /** Somebody waits for the directory. */
  get isLoadAwaited(): boolean {
    return this.loadedWaiters.length > 0;
  }

  /** Every tag's and database's count is exact: nothing dead is still counted. */
  whenExact(): undefined | Promise<void> {
    if (!this.core.complete) return this.whenLoaded()!.then(() => this.whenExact());
    if (!this.core.cascading.isIdle) return this.core.cascading.whenDone()!.then(() => this.whenExact());
    if (this.isExact()) return undefined;
    // First on the list: who is waited for does not rest.
    const exact = this.enlist(this.exactWaiters);
    this.background.wake();
    return exact;
  }

  /** Nothing dead is left, and nothing is still to be marked as stale. */
  whenReclaimed(): undefined | Promise<void> {
    if (this.core.tags.pendingOwners === 0 && this.core.tags.settled && this.core.graces.settled) return undefined;
    this.wake();
    return this.enlist(this.reclaimedWaiters);
  }

  /** No flushed database is being swept. */
  whenSwept(): undefined | Promise<void> {
    return this.core.dbs.dying === 0 ? undefined : this.enlist(this.sweptWaiters);
  }

  loaded(): void {
    for (const go of this.loadedWaiters.splice(0)) go();
  }

  private enlist(waiters: (() => void)[]): Promise<void> {
    if (waiters.length >= WAITERS_MAX) throw new Fault('ERR too many commands wait for background work to finish');
    return new Promise((resolve) => waiters.push(resolve));
  }

  private isExact(): boolean {
    const { core } = this;
    if (!core.cascading.isIdle || !core.tags.settled || !core.graces.settled || this.isSweepingTags()) return false;
    // What lapsed and was invalidated since is counted twice among what is not there.
    if (core.graces.anyLapsed && core.tags.pendingOwners > 0) return false;
    return this.expireNow(STEP);
  }

  private isSweepingTags(): boolean {
    return this.core.dbs.dying !== 0 && this.core.tags.memberCount > 0;
  }

  private tellExact(): void {
    if (this.exactWaiters.length === 0 || !this.isExact()) return;
    for (const go of this.exactWaiters.splice(0)) go();
  }

  // --- tasks -----------------------------------------------------------------------------------------------------------

  /** True once every entry whose time has come is gone. */
  private expireNow(budget: number): boolean {
    const { core } = this;
    return core.memory.expireDue(core.now, budget);
  }

  private expire(enough: () => boolean): boolean {
    while (!this.expireNow(STEP)) if (enough()) return true;
    this.tellExact();
    return false;
  }

  private reclaim(enough: () => boolean): boolean {
    const { core } = this;
    const bury = (slot: number) => core.remove(slot, 'invalidated');
    while (!core.graces.markSome(STEP)) if (enough()) return true;
    for (;;) {
      const settled = core.tags.settle(STEP);
      const reclaimed = settled && core.tags.reclaim(STEP, bury);
      if (settled) this.tellExact();
      if (reclaimed) {
        this.forgotten.tell();
        this.tellExact();
        for (const go of this.reclaimedWaiters.splice(0)) go();
        return false;
      }
      if (enough()) return true;
    }
  }

  /** A flushed database: its entries leave, whatever they carry. */
  flushed(): void {
    this.sweepCursor = 0;
    this.background.wake('sweep');
  }

  private sweep(enough: () => boolean): boolean {
    const { core } = this;
    const { memory, dbs } = core;
    if (dbs.dying === 0) return false;
    const bury = (slot: number) => {
      if (dbs.isDying(memory.dbOf(slot))) core.remove(slot, 'flushed');
    };
    while (!this.isSwept()) {
      this.sweepCursor = memory.scan(this.sweepCursor, STEP, bury);
      if (enough()) return true;
    }
    dbs.swept();
    for (const go of this.sweptWaiters.splice(0)) go();
    this.tellExact();
    return false;
  }

  private isSwept(): boolean {
    const { memory, dbs } = this.core;
    for (let db = 0; db < PHYSICAL_DATABASES; db++) if (dbs.isDying(db) && memory.count(db) > 0) return false;
    return true;
  }

  /** CONFIG SET maxmemory may lower the limit under what is used. */
  private shrink(enough: () => boolean): boolean {
    const { core } = this;
    const { memory } = core;
    while (memory.usedBytes > memory.maxMemoryBytes) {
      if (!core.room.evictOne()) return false;
      if (enough()) return true;
    }
    while (!memory.adopt(STEP) || !memory.compact(STEP)) if (enough()) return true;
    return false;
  }
}
