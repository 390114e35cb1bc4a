import type { Bytes } from '../base/bytes';
import type { Core } from './core';
import type { Gathering } from './gathering';
import type { Housekeeping } from './housekeeping';
import type { Promoting } from './promoting';
import type { Reading } from './reading';

/** What a command needs of a key: where it is; its value; its value, loaded if it is nowhere. */
export type Need = 'place' | 'value' | 'load';

const NOTHING = () => undefined;

/**
 * What EXEC asks of the engine, so that its commands run without anything between them: what they read is brought to memory
 * before, loads included; while they run nothing is loaded and no invalidation waits to be gathered with others.
 */
export class Transacting {
  /** Commands of an EXEC run now. */
  isUnderWay = false;

  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
    private readonly promoting: Promoting,
    private readonly gathering: Gathering,
    private readonly housekeeping: Housekeeping,
  ) {}

  begin(): void {
    this.set(true);
  }

  end(): void {
    this.set(false);
  }

  /** False: `bring` has nothing to wait for, whatever the key. */
  get mayWait(): boolean {
    const { disk, families, complete, cascading } = this.core;
    return disk !== null || families.any || !complete || !cascading.isIdle;
  }

  /** Whatever is needed of the key can be answered at once afterwards; undefined: now. Never rejected. */
  bring(db: number, key: Bytes, need: Need): undefined | Promise<unknown> {
    const { core } = this;
    const physical = core.dbs.of(db);
    if (core.cascading.mayReach(physical, key)) return core.cascading.whenDone();
    const slot = core.findLive(physical, key);
    if (slot !== 0 && (need === 'place' || core.isResident(slot))) return undefined;
    if (slot !== 0 || !core.complete) return this.promoting.read(db, key).catch(NOTHING);
    if (need !== 'load' || !core.families.any) return undefined;
    try {
      const loaded = this.reading.get(db, key);
      return loaded instanceof Promise ? loaded.catch(NOTHING) : undefined;
    } catch {
      // Too many wait for loads already: here it is a miss.
      return undefined;
    }
  }

  /** What concerns all keys, or all of a tag, can be answered at once. */
  whenExact(): undefined | Promise<void> {
    return this.housekeeping.whenExact();
  }

  private set(isUnderWay: boolean): void {
    this.isUnderWay = isUnderWay;
    this.reading.readsThrough = !isUnderWay;
    this.gathering.atOnce = isUnderWay;
  }
}
