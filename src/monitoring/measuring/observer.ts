import { type Bytes, latin1Of, Span } from '../../base/bytes';
import { LOSSES } from '../../engine/counters';
import type { Engine } from '../../engine/engine';
import type { LoadNews, Probe } from '../../engine/probe';
import { AskedAgain } from './asked-again';
import { LogHistogram } from './log-histogram';
import { NONE, type Templates } from './templates';
import { Thinning } from './thinning';

const ABSENT = LOSSES.indexOf('absent');
const EVICTED = LOSSES.indexOf('evicted');

/** What is measured between two folds. */
export class Measured {
  readonly memory = new LogHistogram();
  readonly disk = new LogHistogram();
  readonly origin = new LogHistogram();
  readonly commands = new LogHistogram();
  readonly loop = new LogHistogram();
  evictedAskedAgain = 0;
}

/** Since the start. */
class EvictionFacts {
  readonly ageSeconds = new LogHistogram();
  readonly idleSeconds = new LogHistogram();
  readonly hits = new LogHistogram();

  reset(): void {
    this.ageSeconds.reset();
    this.idleSeconds.reset();
    this.hits.reset();
  }
}

/**
 * Hears of what the engine does and adds it up by template. Hits of memory come as a sample; misses and evictions are all
 * looked at as long as there are not too many (a template is found by matching the key).
 */
export class Observer implements Partial<Probe> {
  readonly measured = new Measured();
  readonly evictions = new EvictionFacts();
  readonly askedAgain = new AskedAgain();
  private readonly misses: Thinning;
  private readonly leavings: Thinning;
  private readonly span = new Span(Buffer.alloc(0));
  private readonly again = (slot: number, weight: number) => {
    this.templates.add(slot, 'evictedAskedAgain', weight);
    this.measured.evictedAskedAgain += weight;
  };

  constructor(
    private readonly engine: Pick<Engine, 'core'>,
    private readonly templates: Templates,
    random: () => number,
  ) {
    this.misses = new Thinning(random);
    this.leavings = new Thinning(random);
  }

  /** A period is over. */
  next(): void {
    this.misses.next();
    this.leavings.next();
    this.askedAgain.tidy(this.second);
  }

  hit(_db: number, key: Bytes, sizeBytes: number, weight: number, tookMs: number): void {
    const slot = this.slotOf(key);
    this.templates.add(slot, 'memoryHits', weight);
    this.templates.add(slot, 'bytesRead', weight * sizeBytes);
    if (tookMs >= 0) this.measured.memory.addMs(tookMs, weight);
  }

  staleHit(_db: number, key: Bytes): void {
    this.templates.add(this.slotOf(key), 'staleHits', 1);
  }

  diskRead(_db: number, key: Bytes, sizeBytes: number, tookMs: number): void {
    this.measured.disk.addMs(tookMs);
    if (sizeBytes < 0) return;
    const slot = this.slotOf(key);
    this.templates.add(slot, 'diskHits', 1);
    this.templates.add(slot, 'bytesRead', sizeBytes);
  }

  missed(db: number, key: Bytes, reason: number): void {
    const { memory } = this.engine.core;
    // What was lost to an eviction may be forgotten by the losses, and is still known here.
    if (reason === EVICTED || reason === ABSENT) {
      this.askedAgain.asked(memory.hashKey(db, key), this.second, this.again);
    }
    const weight = this.misses.weight();
    if (weight > 0) this.templates.missed(this.slotOf(key), reason, weight);
  }

  evicted(slot: number): void {
    const { memory, losing, world } = this.engine.core;
    const { now, wallOffsetMs } = world.clock;
    const weight = this.leavings.weight();
    let template = NONE;
    if (weight > 0) {
      template = this.slotOf(memory.keyView(slot, this.span));
      this.templates.add(template, 'evicted', weight);
      const bornMs = losing.epochTimes.endOf(memory.fillEpoch(slot)) ?? now + wallOffsetMs;
      this.evictions.ageSeconds.add(Math.max(0, now + wallOffsetMs - bornMs) / 1000, weight);
      this.evictions.idleSeconds.add(memory.idleSeconds(slot, now), weight);
      this.evictions.hits.add(memory.hits(slot), weight);
    }
    this.askedAgain.evicted(memory.hashOf(slot), template, this.second);
  }

  loaded({ family, tookMs, outcome }: LoadNews): void {
    const slot = this.templates.slotOf(family);
    this.templates.add(slot, 'loads', 1);
    this.templates.add(slot, 'loadMs', tookMs);
    if (outcome === 'failed') this.templates.add(slot, 'loadFailures', 1);
    this.templates.loadTook(slot, tookMs);
    this.measured.origin.addMs(tookMs);
  }

  reset(): void {
    this.evictions.reset();
  }

  private get second(): number {
    return Math.floor(this.engine.core.now / 1000);
  }

  private slotOf(key: Bytes): number {
    const { families } = this.engine.core;
    if (!families.any) return NONE;
    const name = families.match(latin1Of(key))?.name;
    return name === undefined ? NONE : this.templates.slotOf(name);
  }
}
