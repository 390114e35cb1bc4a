import { LRUCache } from 'lru-cache';
import { type Bytes, bytesOf, copyOf, latin1Of } from '../base/bytes';
import { Fault } from '../base/fault';
import { nameOf } from '../base/key-name';
import type { Cancel } from '../base/world';
import type { Background } from './background';
import type { Core } from './core';
import { isOvertaken } from './fence';
import { type Lease, LeaseTable } from './leases/lease-table';

export interface LeaseLimits {
  /** Leases at once. */
  readonly leasesMax: number;
  /** Requests waiting for leases of others. */
  readonly waitersMax: number;
  /** Longest TTL and longest wait, ms. */
  readonly ttlMaxMs: number;
  /** TTL of a lease that names none, ms. */
  readonly ttlMs: number;
}

/** What a waiter is told: it has the lease now, there may be a value (look), or its time is over. */
export type Told = { kind: 'won'; token: string } | { kind: 'look' } | { kind: 'over' };

export interface LeaseRequest {
  /** The database's number. */
  db: number;
  key: Bytes;
  /** Whoever asks: its leases end when it is gone. */
  client: number;
  ttlMs: number | undefined;
}

interface Waiter {
  readonly client: number;
  readonly ttlMs: number | undefined;
  readonly cancel: Cancel;
  tell(told: Told): void;
}

/** Those who wait for one key. */
interface Queue {
  readonly db: number;
  readonly physical: number;
  readonly key: Buffer;
  readonly waiters: Set<Waiter>;
  /** Of the timer for the end of the lease that they wait for. */
  cancel: Cancel;
}

/** Leases are looked through for what has expired this often. */
const SWEEP_MS = 1_000;
/** Leases remembered that are over, so that WHY can tell when a refused fill began. */
const OVER_MAX = 1_000;
const NOTHING: Cancel = () => {};

/**
 * Get-or-compute for clients: who gets the lease of a key is the only one to compute its value. A lease ends when its value
 * is stored, when its time is over, when its client is gone, and (void) when its key, a tag of it or a source of it is
 * invalidated or written; then the first of those who wait has the next one. So nobody who asks after an invalidation was
 * acknowledged is given what an older lease computes.
 */
export class Leases {
  private readonly table = new LeaseTable();
  private readonly queues = new Map<string, Queue>();
  /** Those that are over without a value, by token. */
  private readonly over = new LRUCache<string, Lease>({ max: OVER_MAX });
  /** A client waits for one answer at a time. */
  private readonly waiterOf = new Map<number, { name: string; waiter: Waiter }>();
  private waiting = 0;
  private sweptAtMs = 0;

  constructor(
    private readonly core: Core,
    background: Background,
    private readonly limits: LeaseLimits,
    /** A secret that was never given before. */
    private readonly newToken: () => string,
    private readonly isLoading: (physical: number, key: Bytes) => boolean,
  ) {
    core.onChanged = (hash) => {
      if (this.table.size > 0) this.voidAll(this.table.withHash(hash));
    };
    core.tags.onInvalidated = (tags) => {
      if (this.table.size === 0) return;
      for (const tag of tags) this.voidAll(this.table.withTag(typeof tag === 'string' ? tag : latin1Of(tag)));
    };
    core.loadEnded = (db, key) => this.wake(nameOf(db, bytesOf(key)));
    background.add('leases', () => this.sweep());
  }

  get size(): number {
    return this.table.size;
  }

  get waiters(): number {
    return this.waiting;
  }

  /** Throws Fault when the TTL or the wait is out of bounds. */
  check(ttlMs: number | undefined, waitMs: number): void {
    const { ttlMaxMs } = this.limits;
    if ((ttlMs ?? 0) > ttlMaxMs) throw new Fault(`ERR lease TTL too long (limit lease-ttl-max ${ttlMaxMs} ms)`);
    if (waitMs > ttlMaxMs) throw new Fault(`ERR lease WAIT too long (limit lease-ttl-max ${ttlMaxMs} ms)`);
  }

  /** Whether somebody is computing the key's value: a client with a lease, or a load of ours. */
  isBusy(physical: number, key: Bytes): boolean {
    return this.current(nameOf(physical, key)) !== undefined || this.isLoading(physical, key);
  }

  /** A lease for the client; its token. Nobody else has one of the key. Throws Fault when there are too many. */
  grant({ db, key, client, ttlMs }: LeaseRequest): string {
    const { core, table, limits } = this;
    if (table.size >= limits.leasesMax) this.expireAll();
    if (table.size >= limits.leasesMax) throw new Fault(`ERR too many leases (limit leases-max ${limits.leasesMax})`);
    const physical = core.dbs.of(db);
    const lease: Lease = {
      token: this.newToken(),
      name: nameOf(physical, key),
      physical,
      client,
      epoch: core.epochs.note(),
      expiresAtMs: core.now + (ttlMs ?? Math.min(limits.ttlMs, limits.ttlMaxMs)),
      ...this.tiesOf(physical, key),
    };
    core.changes.hold();
    table.add(lease);
    core.counters.leasesWon++;
    this.arm(lease.name);
    return lease.token;
  }

  /**
   * Waits until the key has a value, its lease is free (this client has it then), or `waitMs` are over. Throws Fault when too
   * many wait.
   */
  wait({ db, key, client, ttlMs }: LeaseRequest, waitMs: number): Promise<Told> {
    const { core, limits } = this;
    if (this.waiting >= limits.waitersMax) {
      throw new Fault(`ERR too many requests wait for leases (limit lease-waiters-max ${limits.waitersMax})`);
    }
    const physical = core.dbs.of(db);
    const name = nameOf(physical, key);
    let queue = this.queues.get(name);
    if (queue === undefined) {
      queue = { db, physical, key: copyOf(key), waiters: new Set(), cancel: NOTHING };
      this.queues.set(name, queue);
    }
    this.waiting++;
    const { waiters } = queue;
    const told = new Promise<Told>((resolve) => {
      const waiter: Waiter = {
        client,
        ttlMs,
        cancel: core.world.scheduler.after(waitMs, () => {
          core.world.clock.refresh();
          core.counters.leaseWaitTimeouts++;
          this.tell(name, waiter, { kind: 'over' });
        }),
        tell: resolve,
      };
      waiters.add(waiter);
      this.waiterOf.set(client, { name, waiter });
    });
    this.arm(name);
    return told;
  }

  /**
   * The lease with this token, if it is good for a value of this key with these tags and sources; else undefined, and the
   * lease, if there was one, is void.
   */
  claim(
    token: string,
    physical: number,
    key: Bytes,
    tags: readonly string[],
    sources: readonly string[],
  ): Lease | undefined {
    const lease = this.table.withToken(token);
    if (lease === undefined || lease.name !== nameOf(physical, key)) return undefined;
    if (lease.expiresAtMs <= this.core.now) {
      this.end(lease, 'leasesExpired');
      return undefined;
    }
    if (!isOvertaken(this.core, physical, key, lease.epoch, tags, sources)) return lease;
    this.end(lease, 'leasesVoided');
    return undefined;
  }

  /** Epoch when a lease of the key that is over began; 0 if there was none, or it is forgotten. */
  overSince(token: string, physical: number, key: Bytes): number {
    const lease = this.over.get(token);
    return lease !== undefined && lease.name === nameOf(physical, key) ? lease.epoch : 0;
  }

  /** Its value is stored; whoever waited for it may look. */
  stored(lease: Lease): void {
    this.end(lease, 'leasesStored');
  }

  /** The database was emptied. */
  flushed(physical: number): void {
    if (this.table.size === 0) return;
    this.voidAll([...this.table].filter((lease) => lease.physical === physical));
  }

  /** The client is gone: what it computes will not come. */
  gone(client: number): void {
    for (const lease of this.table.ofClient(client)) this.end(lease, 'leasesAbandoned');
    const waits = this.waiterOf.get(client);
    if (waits !== undefined) this.tell(waits.name, waits.waiter, { kind: 'over' });
  }

  // --- inside ----------------------------------------------------------------------------------------------------------

  /** What voids the lease beside its key: tags and sources of the key's template, and of a value that is there, stale. */
  private tiesOf(physical: number, key: Bytes): Pick<Lease, 'hashes' | 'tags'> {
    const { core } = this;
    const { memory } = core;
    const family = core.families.any ? core.families.match(latin1Of(key)) : null;
    const slot = core.findServable(physical, key);
    const tags = new Set([...(family?.tags ?? []), ...(slot === 0 ? [] : core.tags.tagsOf(core.memberOf(slot)))]);
    const sources = [...(family?.dependsOn ?? []), ...(slot === 0 ? [] : core.sources.of(slot))];
    const hashes = new Set([key, ...sources.map((source) => bytesOf(source))].map((k) => memory.hashKey(physical, k)));
    return { hashes: [...hashes], tags: [...tags] };
  }

  /** The key's lease, unless its time is over. */
  private current(name: string): Lease | undefined {
    const lease = this.table.withName(name);
    if (lease === undefined || lease.expiresAtMs > this.core.now) return lease;
    this.end(lease, 'leasesExpired');
    return undefined;
  }

  private voidAll(leases: Iterable<Lease>): void {
    for (const lease of [...leases]) this.end(lease, 'leasesVoided');
  }

  private end(lease: Lease, how: 'leasesVoided' | 'leasesExpired' | 'leasesStored' | 'leasesAbandoned'): void {
    this.table.delete(lease);
    this.core.changes.release();
    this.core.counters[how]++;
    if (how !== 'leasesStored') this.over.set(lease.token, lease);
    this.wake(lease.name);
  }

  /** Whoever waits for the key goes on once the command that runs now is through. */
  private wake(name: string): void {
    if (this.queues.has(name)) queueMicrotask(() => this.goOn(name));
  }

  private goOn(name: string): void {
    const { core } = this;
    const queue = this.queues.get(name);
    if (queue === undefined) return;
    const { db, physical, key } = queue;
    if (core.dbs.of(db) !== physical || core.findLive(physical, bytesOf(key)) !== 0) {
      for (const waiter of queue.waiters) this.tell(name, waiter, { kind: 'look' });
      return;
    }
    if (this.isBusy(physical, bytesOf(key))) {
      this.arm(name);
      return;
    }
    const [first] = queue.waiters;
    if (first === undefined) return;
    const { client, ttlMs } = first;
    let told: Told;
    try {
      told = { kind: 'won', token: this.grant({ db, key: bytesOf(key), client, ttlMs }) };
    } catch {
      // Too many leases: asking again, it is told so.
      told = { kind: 'look' };
    }
    this.tell(name, first, told);
    if (told.kind === 'look') this.wake(name);
  }

  private tell(name: string, waiter: Waiter, told: Told): void {
    const queue = this.queues.get(name);
    if (queue === undefined || !queue.waiters.delete(waiter)) return;
    waiter.cancel();
    this.waiting--;
    this.waiterOf.delete(waiter.client);
    if (queue.waiters.size === 0) {
      queue.cancel();
      this.queues.delete(name);
    }
    waiter.tell(told);
  }

  /** Those who wait go on when the lease that they wait for expires. */
  private arm(name: string): void {
    const queue = this.queues.get(name);
    const lease = this.table.withName(name);
    if (queue === undefined || lease === undefined) return;
    const { core } = this;
    queue.cancel();
    queue.cancel = core.world.scheduler.after(Math.max(1, lease.expiresAtMs - core.now), () => {
      core.world.clock.refresh();
      if (this.current(name) === undefined) this.wake(name);
      else this.arm(name);
    });
  }

  private sweep(): boolean {
    if (this.table.size > 0 && this.core.now >= this.sweptAtMs + SWEEP_MS) this.expireAll();
    return false;
  }

  /** At most once in SWEEP_MS, however often somebody asks for more leases than there may be. */
  private expireAll(): void {
    const { now } = this.core;
    if (now < this.sweptAtMs + SWEEP_MS) return;
    this.sweptAtMs = now;
    for (const lease of this.table) if (lease.expiresAtMs <= now) this.end(lease, 'leasesExpired');
  }
}
