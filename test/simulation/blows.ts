import type { Value } from '../../src/engine/api';
import { NEVER } from '../../src/layers/layer';
import { type Driver, GRACE_MS_MAX, VALUE_KEYS, Violation } from './driver';
import type { Key } from './model';

const TTLS_MS = [5, 30, 200, 3000];
const NONE: readonly string[] = [];

/** One more than what clocks and rows may round. */
const ROUNDING_MS = 2;

/** What a change is known to end: acknowledged, all of this that became current before `tick` is over. */
export interface Blow {
  tick: number;
  hit: Key[];
  /** Softly: what became current before `tick` is over a grace later. */
  gentle: Key[];
  staggerMs: number;
  loosened: number;
}

interface Place {
  db: number;
  name: string;
}

/** What is invalidated softly: as `sources` and `ends` of `strike`. */
export interface Gently {
  sources: readonly Place[];
  ends: readonly Key[];
  staggerMs: number;
}
const NOT_GENTLY: Gently = { sources: [], ends: [], staggerMs: 0 };

/**
 * The sources change now: the origin's truth of what hangs on them moves first, then the tick. `ends` are the keys that
 * the change names itself. A fill does not move the truth of its own key.
 */
export function strike(
  driver: Driver,
  sources: readonly Place[],
  ends: readonly Key[],
  gently: Gently = NOT_GENTLY,
  isFill = false,
): Blow {
  const { model, origin } = driver;
  const carefully = !driver.engine.core.complete;
  const reach = (from: readonly Place[], keys: readonly Key[]) => {
    const found = new Set(keys);
    for (const { db, name } of from) {
      for (const reached of model.reached(db, name, carefully)) found.add(model.key(db, reached));
    }
    return found;
  };
  const hit = reach(sources, ends);
  const gentle = new Set<Key>();
  for (const key of reach(gently.sources, gently.ends)) {
    if (!driver.isGraced(key.name)) hit.add(key);
    else if (!hit.has(key)) gentle.add(key);
  }
  const all = [...sources, ...gently.sources];
  for (const { db, name } of all) model.shake(db, name);
  const moved = [...hit, ...gentle, ...(isFill ? [] : all)].map(({ name }) => name);
  for (const name of new Set(moved.filter((each) => driver.isLoader(each)))) origin.change(name);
  model.tick++;
  // Single flight is by what hangs together: any change excuses another load.
  for (const name of origin.keys.keys()) origin.touched(name);
  const direct = new Set([...ends, ...gently.ends, ...all.map(({ db, name }) => model.key(db, name))]);
  for (const key of [...hit, ...gentle]) {
    key.changes++;
    if (!direct.has(key)) key.perhapsHitAt = model.tick;
  }
  const { loosened, tick } = model;
  return { tick, hit: [...hit], gentle: [...gentle], staggerMs: gently.staggerMs, loosened };
}

/** It happened: what was hit holds nothing that is known. */
export function fell(driver: Driver, blow: Blow): void {
  // It may have happened later than it was asked for.
  for (const name of driver.origin.keys.keys()) driver.origin.touched(name);
  for (const key of blow.hit) key.holding = null;
  for (const key of blow.gentle) if (key.holding !== null) key.holding.sure = false;
}

/** It was acknowledged. Of what happened late only what nothing loosened meanwhile is sure. */
export function acknowledged(driver: Driver, blow: Blow, atOnce: boolean, own: readonly Key[] = []): void {
  const { model } = driver;
  for (const key of own) model.raise(key, blow.tick);
  if (!atOnce && blow.loosened !== model.loosened) return;
  for (const key of blow.hit) model.raise(key, blow.tick);
  const overAtMs = driver.now + blow.staggerMs + GRACE_MS_MAX + ROUNDING_MS;
  for (const key of blow.gentle) model.raiseLater(key, blow.tick, overAtMs);
}

/** `lateMs`: what is over may be given for so long still. */
export function check(
  driver: Driver,
  db: number,
  name: string,
  lateMs = 0,
): (value: Value | null, what: string) => void {
  const { model } = driver;
  const key = model.key(db, name);
  const { holding } = key;
  const floor = model.floorOf(key, driver.now);
  const askedAtMs = driver.now - lateMs;
  const expired = model.expired(key, askedAtMs);
  const mustBe = holding?.sure && !driver.hasChanges ? holding : null;
  const { changes } = key;
  return (value, what) => {
    const text = driver.textOf(value);
    driver.reads++;
    if (text !== null) {
      driver.hits++;
      key.seenIn = driver.restarts;
    }
    driver.tell(() => `  ${what} ${db}/${name} gives ${text} (floor ${floor})`);
    driver.judge(() => {
      if (text === null) {
        if (mustBe !== null && key.changes === changes && key.holding === mustBe && mustBe.sure)
          throw new Violation(`${what} of ${db}/${name} gives nothing: ${mustBe.text} must be there`);
        return;
      }
      const verdict = model.verdict(key, floor, askedAtMs, text, expired);
      if (verdict === '') return;
      // Databases were exchanged while it was read: either of the two may be meant.
      const now = model.key(db, name);
      if (now !== key && model.verdict(now, 0, askedAtMs, text, expired) === '') return;
      throw new Violation(`${what} of ${db}/${name} gives ${text}, ${verdict}`);
    });
  };
}

/** What is not known may carry the tag. */
export function shakeUnknown(driver: Driver, db: number): void {
  const { model } = driver;
  for (const name of model.names) if (model.key(db, name).holding === null) model.shake(db, name);
}

export function expiryFor(driver: Driver): number {
  return driver.dice.oneIn(5) ? driver.now + driver.dice.pick(TTLS_MS) : NEVER;
}

export function sourcesFor(driver: Driver, name: string): readonly string[] {
  const lower = VALUE_KEYS.slice(0, VALUE_KEYS.indexOf(name as 'v0'));
  return driver.dice.oneIn(4) ? driver.dice.some(lower, 0.5) : NONE;
}
