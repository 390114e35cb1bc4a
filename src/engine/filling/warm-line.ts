import { type Bytes, bytesOf, copyOf, latin1Of } from '../../base/bytes';
import { nameOf } from '../../base/key-name';
import type { Cancel } from '../../base/world';
import type { Core } from '../core';
import type { QuietLoad, QuietOutcome } from '../quiet-loads';
import type { FillLimits } from './limits';

/** Where nothing tells when the source is free again. */
const RETRY_MS = 100;
/** Loads begun in one go. */
const STEP = 100;

/** Where keys of WARM wait. */
export interface WarmKeys {
  readonly size: number;
  /** How many have a loader and were queued. `db` is logical. */
  add(db: number, keys: readonly Bytes[]): number;
  /** A place for a load may be free. */
  next(): void;
}

/** The simplest: in the order they came, whenever the source has a place for what nobody waits for. */
export class WarmLine implements WarmKeys {
  private readonly queue = new Map<string, { db: number; key: Buffer }>();
  private cancelRetry: Cancel | undefined;
  private isBusy = false;

  constructor(
    private readonly core: Core,
    private readonly limits: Pick<FillLimits, 'warmQueueMax'>,
    private readonly load: (load: QuietLoad) => QuietOutcome | Promise<QuietOutcome>,
  ) {}

  get size(): number {
    return this.queue.size;
  }

  add(db: number, keys: readonly Bytes[]): number {
    const { core, queue } = this;
    const physical = core.dbs.of(db);
    let queued = 0;
    for (const key of keys) {
      const family = core.families.any ? core.families.match(latin1Of(key)) : null;
      if (family === null || family.load === null) continue;
      if (queue.size >= this.limits.warmQueueMax) break;
      queue.set(nameOf(physical, key), { db: physical, key: copyOf(key) });
      queued++;
    }
    core.counters.warmQueued += queued;
    this.next();
    return queued;
  }

  next(): void {
    if (this.isBusy || this.queue.size === 0) return;
    this.isBusy = true;
    let left = STEP;
    for (const [name, { db, key }] of this.queue) {
      if (left-- === 0) break;
      const told = this.load({ db, key: bytesOf(key) });
      if (told === 'busy') break;
      this.queue.delete(name);
      if (told instanceof Promise) void told.then((outcome) => this.count(outcome));
    }
    this.isBusy = false;
    this.tryLater();
  }

  private count(outcome: QuietOutcome): void {
    if (outcome === 'loaded' || outcome === 'unchanged') this.core.counters.warmLoaded++;
  }

  private tryLater(): void {
    this.cancelRetry?.();
    this.cancelRetry = undefined;
    if (this.queue.size > 0) this.cancelRetry = this.core.world.scheduler.after(RETRY_MS, () => this.next());
  }
}
