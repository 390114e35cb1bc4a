import { type Bytes, latin1Of } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { nameOf } from '../../base/key-name';
import type { FetchOptions, Value } from '../api';
import type { Core } from '../core';
import type { Reading } from '../reading';
import type { Filling } from './filling';

const NO_LOADER = new Fault('ERR FETCH: no template with a loader matches this key');

/** FETCH: the value through the key's loader, as old as the client allows. */
export class Fetching {
  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
    private readonly filling: Filling,
  ) {}

  fetch(db: number, key: Bytes, { fresh = false, maxAgeMs }: FetchOptions): Value | null | Promise<Value | null> {
    const { core, filling } = this;
    const family = core.families.any ? core.families.match(latin1Of(key)) : null;
    if (family === null || family.load === null) throw NO_LOADER;
    if (fresh) return filling.fetch(db, key, family, true);
    if (maxAgeMs === undefined || this.isYounger(db, key, maxAgeMs)) return this.reading.get(db, key);
    const beganAtMs = filling.beganAtMs(db, key);
    return filling.fetch(db, key, family, beganAtMs !== undefined && beganAtMs + maxAgeMs < core.now);
  }

  /** What is not known to be is not. */
  private isYounger(db: number, key: Bytes, maxAgeMs: number): boolean {
    const { core, filling } = this;
    const physical = core.dbs.of(db);
    if (core.cascading.mayReach(physical, key)) return false;
    const slot = core.findLive(physical, key);
    if (slot === 0 || !core.isFresh(slot)) return false;
    const fact = filling.facts.get(nameOf(physical, key));
    return fact !== undefined && fact.epoch === core.memory.fillEpoch(slot) && fact.atMs + maxAgeMs >= core.now;
  }
}
