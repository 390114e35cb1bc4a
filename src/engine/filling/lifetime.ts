import { NEVER } from '../../layers/layer';
import type { Core } from '../core';
import type { Facts } from './facts';
import { type FillLimits, Patience } from './limits';
import type { Load } from './load';

/** A value that changed is looked at twice as often, one that did not less often. */
const SHORTER = 0.5;
const LONGER = 1.5;
/** Early refreshes begin at most so many times the load's cost before the end (then one read in a thousand begins one). */
export const EARLY_COSTS = 7;
const EARLY_SHARE_MAX = 0.5;

/** How long a loaded value is fresh, and how long before its end it may be loaded anew. */
export interface Lifetime {
  /** Clock ms, or NEVER. */
  readonly expiresAt: number;
  readonly aheadMs: number;
  /** Its period, where that follows its changes; else 0. */
  readonly periodMs: number;
}

export class Lifetimes {
  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    private readonly facts: Facts,
  ) {}

  /** `changed`: against the value before; undefined: there was none to compare with. */
  of(load: Load, loadedTtlMs: number | undefined, costMs: number, changed: boolean | undefined): Lifetime {
    const { core } = this;
    const { family } = load;
    const patience = new Patience(family, this.limits);
    const said = load.order.ttlMs ?? loadedTtlMs;
    const usual = said ?? (family.ttlMs || this.limits.defaultTtlMs);
    const periodMs = said === undefined && usual > 0 ? this.period(load.name, patience, usual, changed) : 0;
    const ttlMs = periodMs || usual;
    if (ttlMs <= 0) return { expiresAt: NEVER, aheadMs: 0, periodMs: 0 };
    const spread = 1 + family.jitter * (2 * core.world.random() - 1);
    const whole = Math.max(1, Math.round(ttlMs * spread));
    return { expiresAt: core.now + whole, aheadMs: aheadOf(patience, whole, costMs), periodMs };
  }

  private period(name: string, { period }: Patience, usualMs: number, changed: boolean | undefined): number {
    if (period === undefined) return 0;
    const last = this.facts.get(name)?.periodMs || usualMs;
    const next = changed === undefined ? last : last * (changed ? SHORTER : LONGER);
    return Math.round(Math.min(period.maxMs, Math.max(period.minMs, next)));
  }
}

function aheadOf({ refreshAhead }: Patience, ttlMs: number, costMs: number): number {
  if (refreshAhead.kind === 'share') return Math.round(ttlMs * (1 - refreshAhead.share));
  if (refreshAhead.kind === 'early')
    return Math.floor(Math.min(ttlMs * EARLY_SHARE_MAX, Math.max(1, costMs) * EARLY_COSTS));
  return 0;
}
