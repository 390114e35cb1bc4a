import type { DemandSource } from '../../engine/demand';
import type { LoadedKeys } from './keys';
import type { Learned } from './learned';
import type { Observing } from './observing';
import type { Wanted } from './wanted';

/** A key is refreshed at most so long before its end. */
const LEAD_MAX_MS = 10_000;
/** And this long beside the time that two loads take. */
const LEAD_MS = 2_000;
/** But in the last quarter of its life. */
const LEAD_SHARE = 0.25;
/** A load that takes so long is worth one for each use; a cheaper one needs more uses, up to USES_MAX. */
const DEAR_LOAD_MS = 50;
const USES_MAX = 16;

export interface ExpiringParts {
  readonly learned: Learned;
  readonly wanted: Wanted;
  readonly keys: LoadedKeys;
  readonly demand: DemandSource;
  readonly observing: Observing;
  /** Mean of the template's loads; 0: none yet. */
  costMsOf(match: string): number;
  offer(name: string, costMs: number): boolean;
  defaultTtlMs(): number;
  now(): number;
}

/** Keys that end soon and were used since their load are loaded anew before. Never twice without a use between. */
export class Expiring {
  offered = 0;
  private ending: number[] = [];

  constructor(private readonly parts: ExpiringParts) {}

  /** Once a second or so; those it finds are judged by `work`. */
  look(): void {
    const { wanted, now } = this.parts;
    if (this.ending.length === 0) wanted.eachEnding(now() + LEAD_MAX_MS, (item) => this.ending.push(item));
  }

  /** True: there is more to do at once. */
  work(enough: () => boolean): boolean {
    for (let item = this.ending.pop(); item !== undefined; item = this.ending.pop()) {
      this.judge(item);
      if (enough()) return this.ending.length > 0;
    }
    return false;
  }

  private judge(item: number): void {
    const { learned, wanted, keys, demand, observing, costMsOf, now } = this.parts;
    const name = learned.recent.nameOf(item);
    const key = name.slice(1);
    const known = keys.know(key);
    const use = known === null ? null : demand.look(name.charCodeAt(0), key);
    if (known === null || use === null) {
      wanted.loaded(item);
      return;
    }
    observing.used(use);
    wanted.used(item, 0, use.expiresAt);
    const costMs = costMsOf(known.match);
    if (use.expiresAt - now() > this.leadMs(known.ttlMs, costMs)) return;
    if (wanted.usesSinceLoad(item) < usesNeeded(costMs)) return;
    if (!this.parts.offer(name, costMs)) return;
    this.offered++;
    wanted.loaded(item);
  }

  private leadMs(templateTtlMs: number | undefined, costMs: number): number {
    const ttlMs = templateTtlMs ?? this.parts.defaultTtlMs();
    const leadMs = Math.min(LEAD_MAX_MS, LEAD_MS + 2 * costMs);
    return ttlMs === 0 ? leadMs : Math.min(leadMs, ttlMs * LEAD_SHARE);
  }
}

function usesNeeded(costMs: number): number {
  return costMs === 0 ? 1 : Math.min(USES_MAX, Math.max(1, Math.ceil(DEAR_LOAD_MS / costMs)));
}
