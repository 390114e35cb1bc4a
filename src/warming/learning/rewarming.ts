import type { DemandSource } from '../../engine/demand';
import type { HotKeys } from './hot-keys';
import type { LoadedKeys } from './keys';
import type { Learned } from './learned';

/** What was learned waits elsewhere than in warming's queue, but for so many keys: others want to queue too. */
const QUEUED_MAX = 1_000;
/** A key that was asked for less often is not loaded: uses, decayed. After a start there is nothing else, so once will do. */
const USES_MIN: Record<RewarmCause, number> = { start: 0.5, invalidation: 1.5, hour: 1.5 };
/** And one that will probably not be asked for before its time is over: uses expected in its ttl. */
const USES_IN_TTL_MIN = 0.1;
/** Below this share of the template's usual hour its keys have no peak at that hour. */
const PEAK_MIN = 0.5;
/** Keys looked at in one step. */
const STEP = 128;
/** Keys are ordered by their uses in steps of about 9 %: sorted in slices, no pause however many. */
const STEPS_PER_DOUBLING = 8;
const STEPS = 64 * STEPS_PER_DOUBLING;

/** Why learned keys are loaded. */
export type RewarmCause = 'start' | 'invalidation' | 'hour';

export interface RewarmParts {
  readonly learned: Learned;
  readonly keys: LoadedKeys;
  readonly demand: DemandSource;
  /** Puts a key into warming's queue; false: there is no room. `over` is called when it is loaded, or will not be. */
  offer(name: string, over: () => void): boolean;
  defaultTtlMs(): number;
  wallMs(): number;
}

/** A key to be loaded, or nothing yet. */
type Steps = Generator<string | undefined, void, void>;

interface Pass {
  cause: RewarmCause;
  steps: Steps;
  /** Found, while the queue had no room. */
  next: string | undefined;
}

/** Offers what is hot and not there, hottest first, a few at a time. */
export class Rewarming {
  private readonly waiting: Pass[] = [];
  private queued = 0;
  /** Keys offered, by why. */
  readonly offered: Record<RewarmCause, number> = { start: 0, invalidation: 0, hour: 0 };
  readonly passes: Record<RewarmCause, number> = { start: 0, invalidation: 0, hour: 0 };

  constructor(private readonly parts: RewarmParts) {}

  /** All that is hot these days, and at this hour. One pass of a cause at a time: what runs already finds it too, or it waits. */
  all(cause: 'start' | 'invalidation', hour: number): void {
    const { recent, hours } = this.parts.learned;
    this.begin(cause, this.steps(cause, [recent, hours.at(hour)], -1));
  }

  /** What is usual at this hour of the day. */
  hour(hour: number): void {
    this.begin('hour', this.steps('hour', [this.parts.learned.hours.at(hour)], hour));
  }

  /** STATS RESET. */
  resetCounts(): void {
    for (const cause of ['start', 'invalidation', 'hour'] as const) {
      this.offered[cause] = 0;
      this.passes[cause] = 0;
    }
  }

  stop(): void {
    this.waiting.length = 0;
  }

  get isIdle(): boolean {
    return this.waiting.length === 0;
  }

  /** True: there is more to do at once. */
  work(enough: () => boolean): boolean {
    for (;;) {
      const pass = this.waiting[0];
      if (pass === undefined || this.queued >= QUEUED_MAX) return false;
      if (pass.next === undefined) {
        const step = pass.steps.next();
        if (step.done === true) this.waiting.shift();
        else pass.next = step.value;
      }
      if (pass.next !== undefined) {
        if (!this.offer(pass.next)) return false;
        this.offered[pass.cause]++;
        pass.next = undefined;
      }
      if (enough()) return this.waiting.length > 0;
    }
  }

  private begin(cause: RewarmCause, steps: Steps): void {
    const at = this.waiting.findIndex((pass) => pass.cause === cause);
    if (at >= 0) this.waiting.splice(at, 1);
    this.waiting.push({ cause, steps, next: undefined });
    this.passes[cause]++;
  }

  private offer(name: string): boolean {
    this.queued++;
    const isQueued = this.parts.offer(name, () => this.queued--);
    if (!isQueued) this.queued--;
    return isQueued;
  }

  /** Of `atHour`, -1: any. */
  private *steps(cause: RewarmCause, lists: readonly HotKeys[], atHour: number): Steps {
    const byUses: string[][] = [];
    const seen = new Set<string>();
    for (const list of lists) yield* this.collect(list, lists, USES_MIN[cause], seen, byUses);
    for (let step = STEPS; step >= 0; step--) {
      const names = byUses[step] ?? [];
      for (let i = 0; i < names.length; i++) {
        if (this.isToLoad(names[i]!, atHour)) yield names[i]!;
        else if (i % STEP === 0) yield undefined;
      }
    }
  }

  private *collect(
    list: HotKeys,
    lists: readonly HotKeys[],
    usesMin: number,
    seen: Set<string>,
    byUses: string[][],
  ): Steps {
    const wallMs = this.parts.wallMs();
    for (let item = 0; item < list.size; item++) {
      if (item % STEP === 0) yield undefined;
      const name = list.nameOf(item);
      if (seen.has(name)) continue;
      // What one list counts the other counts too.
      const uses = Math.max(...lists.map((each) => usesIn(each, name, wallMs)));
      if (uses < usesMin) continue;
      if (lists.length > 1) seen.add(name);
      const step = Math.min(STEPS, Math.floor(Math.log2(uses + 1) * STEPS_PER_DOUBLING));
      byUses[step] ??= [];
      byUses[step]!.push(name);
    }
  }

  private isToLoad(name: string, atHour: number): boolean {
    const { keys, demand, learned } = this.parts;
    const key = name.slice(1);
    const known = keys.know(key);
    if (known === null) return false;
    if (atHour >= 0 && (learned.templates.get(known.match)?.profile.peak(atHour) ?? 0) < PEAK_MIN) return false;
    if (atHour < 0 && this.usesInTtl(name, known.ttlMs) < USES_IN_TTL_MIN) return false;
    return !demand.has(name.charCodeAt(0), key);
  }

  private usesInTtl(name: string, templateTtlMs: number | undefined): number {
    const { learned, defaultTtlMs, wallMs } = this.parts;
    const ttlMs = templateTtlMs ?? defaultTtlMs();
    const item = learned.recent.itemOf(name);
    if (ttlMs === 0 || item < 0) return Number.POSITIVE_INFINITY;
    return learned.recent.rateOf(item, wallMs()) * ttlMs;
  }
}

function usesIn(list: HotKeys, name: string, wallMs: number): number {
  const item = list.itemOf(name);
  return item < 0 ? 0 : list.surelyOf(item, wallMs);
}
