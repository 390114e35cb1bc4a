import type { Fault } from '../../base/fault';
import type { Cancel } from '../../base/world';
import type { Value } from '../api';
import type { Core } from '../core';
import type { Family, FamilyLoad } from '../families';
import { isOvertaken } from '../fence';
import type { QuietOutcome } from '../quiet-loads';

/** One who asked. */
export interface Waiter {
  /** The epoch when this reader came. */
  readonly epoch: number;
  /** Has its answer, or waits for another load now. */
  answered: boolean;
  resolve(value: Value | null): void;
  reject(fault: Fault): void;
  /** What may be served instead of an error; null: nothing any more. */
  readonly stored?: (() => Value | null | Promise<Value | null>) | undefined;
  /** False: once the soft timeout is over, but not for an error. */
  readonly mayStandIn: boolean;
  cancelTimer?: Cancel;
}

/** Why it was begun: somebody waits; a stale value is served meanwhile; nobody waits for it. */
export type LoadKind = 'read' | 'refresh' | 'quiet';

export interface LoadOrder {
  readonly kind: LoadKind;
  /** Of the stored value, instead of the template's, ms. */
  readonly ttlMs?: number | undefined;
  /** Beside the template's. */
  readonly tags?: readonly string[] | undefined;
}

/** One load of one key: in line, under way. */
export class Load {
  /** The epoch when its call began: an invalidation later than this makes its result old. */
  epoch = 0;
  /** Clock ms of the same. */
  beganAtMs = 0;
  hasBegun = false;
  readonly waiters: Waiter[] = [];
  readonly tags: readonly string[];
  readonly dependsOn: readonly string[];
  /** Begins when this one ends: for those who want nothing that began before they came. */
  next: Load | undefined;
  /** Given to the source; of the value that was there when the call began. */
  validator: string | undefined;
  readonly told: ((outcome: QuietOutcome) => void)[] = [];

  constructor(
    readonly name: string,
    /** Physical. */
    readonly db: number,
    readonly key: Buffer,
    readonly family: Family,
    readonly from: FamilyLoad,
    readonly order: LoadOrder,
    readonly patience: { readonly hardTimeoutMs: number },
  ) {
    const own = family.tags;
    this.tags = order.tags === undefined || order.tags.length === 0 ? own : [...new Set([...own, ...order.tags])];
    this.dependsOn = family.dependsOn;
  }

  get isQuiet(): boolean {
    return this.order.kind === 'quiet';
  }

  /** Those who count as waiting: readers, and a refresh. */
  get weight(): number {
    return this.order.kind === 'read' ? 0 : 1;
  }

  /**
   * Whether its key, one of these tags or one of these sources changed since the load began. What is spared by soft
   * invalidations is stored, stale from the beginning.
   */
  isOvertaken(core: Core, tags: readonly string[], sources: readonly string[]): boolean {
    const { db, key, epoch, family } = this;
    const bytes = { buf: key, start: 0, end: key.length };
    return isOvertaken(core, db, bytes, epoch, tags, sources, (family.graceMs ?? 0) > 0);
  }

  begin(epoch: number, nowMs: number): void {
    this.epoch = epoch;
    this.beganAtMs = nowMs;
    this.hasBegun = true;
  }
}
