import type { InvalidateRequest } from '../../src/engine/api';
import { acknowledged, fell, shakeUnknown, strike } from './blows';
import { type Driver, TAGS, Violation } from './driver';
import type { Key } from './model';

const STAGGERS_MS = [0, 0, 5, 50];
const RULE_NAMES = ['r0', 'r1', 'r2'];

/** What is to be invalidated, in names. `form`: by which command. */
interface Wish {
  form: 'tags' | 'keys' | 'write' | 'whole';
  tags: readonly string[];
  db: number;
  names: readonly string[];
  soft: boolean;
  staggerMs: number;
  noCascade: boolean;
  sync: boolean;
}

function drawTags(driver: Driver): string[] {
  const { dice } = driver;
  return [...new Set([dice.pick(TAGS), ...(dice.oneIn(3) ? [dice.pick(TAGS)] : [])])];
}

function drawNames(driver: Driver): string[] {
  return [...new Set([driver.anyName(), ...(driver.dice.oneIn(3) ? [driver.anyName()] : [])])];
}

const PLAIN = { soft: false, staggerMs: 0, noCascade: false, sync: false };

export function invalidateTags(driver: Driver): void {
  invalidate(driver, { form: 'tags', tags: drawTags(driver), db: 0, names: [], ...PLAIN });
}

export function invalidateKeys(driver: Driver): void {
  const db = driver.db();
  invalidate(driver, { form: 'keys', tags: [], db, names: drawNames(driver), ...PLAIN });
}

export function invalidateWrite(driver: Driver): void {
  invalidate(driver, { form: 'write', tags: [driver.dice.pick(TAGS)], db: 0, names: [], ...PLAIN });
}

function drawWish(driver: Driver): Wish {
  const { dice } = driver;
  const soft = dice.oneIn(2);
  const tags = dice.oneIn(4) ? [] : drawTags(driver);
  return {
    form: 'whole',
    tags,
    db: driver.db(),
    names: tags.length === 0 || dice.oneIn(2) ? drawNames(driver) : [],
    soft,
    staggerMs: soft ? dice.pick(STAGGERS_MS) : 0,
    noCascade: dice.oneIn(8),
    sync: dice.oneIn(6),
  };
}

/** INVAL with any of its options. */
export function inval(driver: Driver): void {
  invalidate(driver, drawWish(driver));
}

function requestOf(driver: Driver, { tags, db, names, soft, staggerMs, noCascade, sync }: Wish): InvalidateRequest {
  return { tags, db, keys: names.map((name) => driver.bytes(name)), soft, staggerMs, noCascade, sync };
}

/** A dry run changes nothing; done for real in the same moment, it is what was said. */
export function dryRun(driver: Driver): void {
  const { engine } = driver;
  const wish = drawWish(driver);
  driver.tell(() => `dry run of ${JSON.stringify(wish)}`);
  driver.ask(
    true,
    [],
    () => engine.invalidate({ ...requestOf(driver, wish), dryRun: true }),
    (report, _, atOnce) => {
      if (!report.dryRun || report.epoch !== 0) throw new Violation('a dry run that was none');
      if (!atOnce) return undefined;
      // What stays is counted once for each way it is come by.
      if (driver.dice.oneIn(2)) invalidate(driver, wish, wish.soft ? undefined : report.invalidated);
      return undefined;
    },
  );
}

/** `expected`: so many entries, if it is done at once. */
function invalidate(driver: Driver, wish: Wish, expected?: number): void {
  const { model, engine } = driver;
  const { form, db, names, soft, staggerMs, noCascade } = wish;
  const tags = model.expand(wish.tags, soft);
  const all = [...tags.hard, ...tags.soft];
  const keys = names.map((name) => model.key(db, name));
  const named = names.map((name) => ({ db, name }));
  const carriers = { hard: model.carriers([...tags.hard]), soft: model.carriers([...tags.soft]) };
  const sourcesOf = (which: 'hard' | 'soft') =>
    carriers[which].filter(({ key }) => key.holding?.sure).map((found) => ({ db: found.db, name: found.key.name }));
  for (const { db: of, key } of [...carriers.hard, ...carriers.soft]) model.shake(of, key.name);
  if (all.length > 0) for (const each of model.dbs.keys()) shakeUnknown(driver, each);
  const hardSources = noCascade ? [] : [...sourcesOf('hard'), ...(soft ? [] : named)];
  const softSources = noCascade ? [] : [...sourcesOf('soft'), ...(soft ? named : [])];
  const hardEnds = [...carriers.hard.map(({ key }) => key), ...(soft ? [] : keys)];
  const softEnds = [...carriers.soft.map(({ key }) => key), ...(soft ? keys : [])];
  const blow = strike(driver, hardSources, hardEnds, { sources: softSources, ends: softEnds, staggerMs });
  for (const { key } of [...carriers.hard, ...carriers.soft]) if (!keys.includes(key)) key.perhapsHitAt = blow.tick;
  for (const tag of all) model.tagsEndedAt.set(tag, Number.POSITIVE_INFINITY);
  const shown = (list: readonly { name: string }[]) => list.map(({ name }) => name);
  driver.tell(() => `${JSON.stringify(wish)}: ${shown(blow.hit)} softly ${shown(blow.gentle)} [${blow.tick}]`);
  const bytes = names.map((name) => driver.bytes(name));
  driver.ask<number>(
    false,
    [...blow.hit, ...blow.gentle],
    () => {
      if (form === 'tags') return engine.invalidateTags(wish.tags);
      if (form === 'keys') return engine.invalidateKeys(db, bytes);
      if (form === 'write') return engine.invalidateWrite(wish.tags[0]!, undefined, new Map());
      const report = engine.invalidate(requestOf(driver, wish));
      return report instanceof Promise ? report.then(({ invalidated }) => invalidated) : report.invalidated;
    },
    (count, _, atOnce) => {
      if (atOnce && expected !== undefined && count !== expected)
        throw new Violation(`a dry run said ${expected}, and it were ${count}`);
      fell(driver, blow);
      // Who got the tag after it was asked for may have got it before it happened.
      if (!atOnce) for (const { db: of, key } of model.carriers(all)) loosen(driver, of, key);
      for (const tag of all) model.tagsEndedAt.set(tag, ++model.tick);
      return () => {
        acknowledged(driver, blow, atOnce, soft ? keys.filter(({ name }) => !driver.isGraced(name)) : keys);
        for (const tag of all) model.tagFloors.set(tag, Math.max(blow.tick, model.tagFloors.get(tag) ?? 0));
        if (blow.loosened === model.loosened) endLateCarriers(driver, all, blow.tick);
      };
    },
  );
}

function loosen({ model }: Driver, db: number, key: Key): void {
  model.shake(db, key.name);
  if (key.holding !== null) key.holding.sure = false;
}

/** What was stored with the tag after the invalidation was asked for, and was made before, is over as well. */
function endLateCarriers(driver: Driver, tags: readonly string[], tick: number): void {
  const { model } = driver;
  for (const { key } of model.carriers(tags)) {
    const { holding } = key;
    if (holding === null || driver.isGraced(key.name)) continue;
    if (holding.madeAt < tick && tags.some((tag) => holding.tags.has(tag))) model.raise(key, tick);
  }
}

/** A rule comes or goes. Whether it is there must not be in doubt when the process dies. */
export async function changeRules(driver: Driver): Promise<void> {
  const { model, dice, engine } = driver;
  if (driver.hasChanges) return;
  const name = dice.pick(RULE_NAMES);
  await driver.settle();
  if (dice.oneIn(3)) {
    driver.tell(() => `rule del ${name}`);
    const was = engine.ruleDelete(name);
    if (was !== model.rules.has(name)) throw new Violation(`rule ${name} was${was ? '' : ' not'} there`);
    model.rules.delete(name);
  } else {
    const rule = { on: dice.pick(TAGS), invalidate: dice.some(TAGS, 0.3), soft: dice.oneIn(3) };
    if (rule.invalidate.length === 0) return;
    driver.tell(() => `rule add ${name} ${JSON.stringify(rule)}`);
    engine.ruleAdd({ name, on: [rule.on], invalidate: rule.invalidate, soft: rule.soft, priority: 0 });
    // Replaced, it is the last one.
    model.rules.delete(name);
    model.rules.set(name, rule);
  }
  driver.ask<void>(
    false,
    [],
    () => undefined,
    () => undefined,
  );
  await driver.settle();
}
