import { bytesOf } from '../../base/bytes';
import type { World } from '../../base/world';
import type { KeyTemplates } from '../../config';
import { WARM_PRIORITY_MAX } from '../../config/warm-task';
import type { DemandSource } from '../../engine/demand';
import type { InvalidationEvent, LoadNews, Probe } from '../../engine/probe';
import type { WarmOffer, WarmOutcome } from '../queue';
import { Expiring } from './expiring';
import { hourOf, nextHourAt } from './hours';
import { LoadedKeys } from './keys';
import { Learned, type SourceCapacity } from './learned';
import { LearnedFile } from './learned-file';
import { nextForUser } from './next-for-user';
import { Observing } from './observing';
import { Rewarming } from './rewarming';
import { Saving } from './saving';
import { Wanted } from './wanted';

/** Behind every task. A user who is about to come goes first, then what is about to expire. */
const PRIORITY = {
  user: -WARM_PRIORITY_MAX - 1,
  expiring: -WARM_PRIORITY_MAX - 2,
  learned: -WARM_PRIORITY_MAX - 3,
} as const;

/** Counters are looked at this often, or as fast as the steps below go. */
const WALK_MS = 10_000;
/** Of one step, ten milliseconds apart: a hundred microseconds or so. */
const ENTRIES_PER_STEP = 1024;
const USES_PER_STEP = 64;
/** Of the last walk, before everything ends: some hundred milliseconds at most. */
const ENTRIES_AT_END = 1_000_000;
const USES_AT_END = 100_000;
/** So many dead entries since the last look are a mass. */
const MASS_MIN = 64;
/** Between two looks at what invalidations left. */
const REWARM_MS = 5_000;
const LOOK_MS = 1_000;

/** Read anew each time, but for the first two. */
export interface LearningSettings {
  readonly keysMax: number;
  readonly usersMax: number;
  readonly isOn: boolean;
  readonly halfLifeMs: number;
  readonly aheadMs: number;
  readonly savePeriodMs: number;
  readonly defaultTtlMs: number;
}

/** What sources can do is kept over a restart too: it is then that warming has most to ask of them. */
export interface LearningSources {
  capacities(): SourceCapacity[];
  resume(capacity: SourceCapacity): void;
}

export interface LearningParts {
  readonly world: World;
  readonly templates: KeyTemplates;
  readonly demand: DemandSource;
  readonly settings: LearningSettings;
  /** Null: nothing is kept over a restart. */
  readonly file: string | null;
  /** Puts a key into warming's queue; false: no room, or no loader. */
  offer(offer: WarmOffer): boolean;
  /** Physical database of a logical one. */
  physicalOf(db: number): number;
  /** Logical database of a physical one, or -1. */
  logicalOf(physical: number): number;
  readonly sources: LearningSources;
  /** Mean of the loads of a template, by its pattern, ms; 0: none yet. */
  costMsOf(match: string): number;
}

/**
 * Learns which keys are wanted and has them loaded again: see README.md. Fed by the engine's probe and by walks over hit
 * counters; everything is done in slices of background work.
 */
export class Learning implements Partial<Probe> {
  readonly learned: Learned;
  readonly observing: Observing;
  readonly rewarming: Rewarming;
  readonly expiring: Expiring;
  readonly saving: Saving;
  private readonly keys: LoadedKeys;
  private halfLifeMs: number;
  private walkBeganMs = 0;
  private isWalking = false;
  /** How long the last walk took, or the time between two, ms. */
  walkTookMs = WALK_MS;
  walks = 0;
  private lookAtMs = 0;
  private died = 0;
  private massAtMs = Number.NEGATIVE_INFINITY;
  /** Wall ms of the hour that was loaded ahead. */
  private aheadOf = 0;
  private isToStart = true;

  constructor(private readonly parts: LearningParts) {
    const { settings, demand, templates, world } = parts;
    const { clock } = world;
    const learned = new Learned(settings);
    const keys = new LoadedKeys(templates);
    const wanted = new Wanted(learned.recent);
    const observing = new Observing(learned, wanted, keys, clock, () => Math.max(WALK_MS, this.walkTookMs));
    const defaultTtlMs = () => settings.defaultTtlMs;
    this.learned = learned;
    this.keys = keys;
    this.observing = observing;
    this.halfLifeMs = settings.halfLifeMs;
    this.rewarming = new Rewarming({
      ...{ learned, keys, demand, defaultTtlMs },
      wallMs: () => this.wallMs,
      offer: (name, over) => this.offer(name, 'learned', PRIORITY.learned, over),
    });
    this.expiring = new Expiring({
      ...{ learned, keys, demand, defaultTtlMs, wanted, observing },
      costMsOf: (match) => parts.costMsOf(match),
      now: () => clock.now,
      offer: (name, costMs) => this.offer(name, 'expiring', PRIORITY.expiring + Math.min(costMs, 999) / 1000),
    });
    const file = parts.file === null || !keys.any ? null : new LearnedFile(parts.file);
    this.saving = new Saving(learned, file, world, () => {
      learned.capacities = parts.sources.capacities();
    });
  }

  get isOn(): boolean {
    return this.keys.any && this.parts.settings.isOn;
  }

  /** For STATS. */
  get facts() {
    const { learned, observing, saving, rewarming, expiring, walks, walkTookMs, parts } = this;
    return {
      ...{ uses: Math.round(observing.counted), keys: learned.recent.size, hourKeys: learned.hours.size },
      ...{ users: learned.users.size, templates: learned.templates.size },
      sizeBytes: learned.sizeBytes + parts.demand.sizeBytes,
      ...{ walks, walkTookMs, restored: saving.restored },
      ...{ saves: saving.saves, saveFailures: saving.failures, fileBytes: saving.fileBytes },
      afterStart: rewarming.offered.start,
      afterInvalidation: rewarming.offered.invalidation,
      beforeHour: rewarming.offered.hour,
      expiring: expiring.offered,
    };
  }

  /** STATS RESET: counts begin anew, what was learned stays. */
  reset(): void {
    const { observing, saving, rewarming, expiring } = this;
    observing.counted = 0;
    this.walks = 0;
    saving.saves = 0;
    saving.failures = 0;
    expiring.offered = 0;
    rewarming.resetCounts();
  }

  /** Takes over what was saved. Never rejects. */
  async open(): Promise<void> {
    if (!this.isOn) return;
    await this.saving.load();
    for (const capacity of this.learned.capacities) this.parts.sources.resume(capacity);
  }

  /** Looks at the counters once more, and saves what was learned. Never rejects. */
  async close(): Promise<void> {
    this.rewarming.stop();
    if (!this.isOn) return;
    this.parts.demand.walk(ENTRIES_AT_END, USES_AT_END, (use) => this.observing.used(use));
    await this.saving.saveNow(this.observing.seen);
  }

  /**
   * Queues what the user will probably ask for: see nextForUser. `id` is latin1. How many keys, at most `max`; what is there is
   * not queued.
   */
  warmUser(db: number, id: string, max: number): number {
    const { demand } = this.parts;
    let queued = 0;
    for (const key of nextForUser(this.learned, this.keys, db, id, this.wallMs)) {
      if (queued >= max) break;
      if (demand.has(db, key)) continue;
      if (this.offer(String.fromCharCode(db) + key, 'user', PRIORITY.user)) queued++;
    }
    return queued;
  }

  // --- news ----------------------------------------------------------------------------------------------------------

  loaded({ db, key, quiet }: LoadNews): void {
    const logical = this.parts.logicalOf(db);
    if (!this.isOn || logical < 0) return;
    if (!quiet) this.observing.missed(logical, key.toString('latin1'));
    else this.observing.loaded(logical, key.toString('latin1'));
  }

  invalidated({ died, cascaded }: InvalidationEvent): void {
    this.died += died + cascaded;
  }

  // --- background ------------------------------------------------------------------------------------------------------

  /** A task of the engine's background: true if there is more to do at once. */
  work(enough: () => boolean): boolean {
    if (!this.isOn) return false;
    const { now } = this.parts.world.clock;
    this.walk(now);
    if (now >= this.lookAtMs) {
      this.lookAtMs = now + LOOK_MS;
      this.look();
    }
    if (this.died >= MASS_MIN && now >= this.massAtMs + REWARM_MS) this.rewarmAfterMass(now);
    const more = this.expiring.work(enough);
    return !enough() && (this.rewarming.work(enough) || this.saving.work(enough) || more);
  }

  private get wallMs(): number {
    const { now, wallOffsetMs } = this.parts.world.clock;
    return now + wallOffsetMs;
  }

  private walk(now: number): void {
    if (!this.isWalking && now < this.walkBeganMs + WALK_MS) return;
    if (!this.isWalking) this.walkBeganMs = now;
    this.isWalking = !this.parts.demand.walk(ENTRIES_PER_STEP, USES_PER_STEP, (use) => this.observing.used(use));
    if (this.isWalking) return;
    this.walks++;
    this.walkTookMs = now - this.walkBeganMs;
  }

  private look(): void {
    const { settings, demand } = this.parts;
    const { wallMs } = this;
    if (this.halfLifeMs !== settings.halfLifeMs) {
      this.halfLifeMs = settings.halfLifeMs;
      this.learned.recent.setHalfLife(this.halfLifeMs, wallMs);
    }
    if (this.isToStart && demand.isReady) {
      this.isToStart = false;
      if (this.saving.restored > 0) this.rewarming.all('start', hourOf(wallMs));
    }
    this.expiring.look();
    this.aheadOfHour(wallMs);
    this.saving.saveIfDue(settings.savePeriodMs, this.observing.seen);
  }

  private aheadOfHour(wallMs: number): void {
    const { aheadMs } = this.parts.settings;
    const next = nextHourAt(wallMs);
    if (aheadMs === 0 || next - wallMs > aheadMs || this.aheadOf === next) return;
    this.aheadOf = next;
    this.rewarming.hour(hourOf(next));
  }

  private rewarmAfterMass(now: number): void {
    this.died = 0;
    this.massAtMs = now;
    this.rewarming.all('invalidation', hourOf(this.wallMs));
  }

  private offer(
    name: string,
    origin: 'learned' | 'expiring' | 'user',
    priority: number,
    over?: (outcome: WarmOutcome) => void,
  ): boolean {
    const db = this.parts.physicalOf(name.charCodeAt(0));
    const key = bytesOf(name.slice(1));
    return this.parts.offer({
      ...{ db, key, origin, priority },
      ...(origin === 'expiring' && { force: true }),
      ...(over !== undefined && { done: over }),
    });
  }
}
