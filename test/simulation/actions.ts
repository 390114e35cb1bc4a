import { KEEP_TTL, type Value } from '../../src/engine/api';
import { NEVER } from '../../src/layers/layer';
import { acknowledged, type Blow, check, expiryFor, fell, sourcesFor, strike } from './blows';
import { type Driver, FREE_TAGS, GRACES_MS, TAGS, Violation } from './driver';
import { getToFill, lease, storeFill, why } from './filling';
import { changeRules, dryRun, inval, invalidateKeys, invalidateTags, invalidateWrite } from './invalidating';
import { DATABASES_USED } from './model';

export type Action = (driver: Driver) => void | Promise<void>;

/** More than there are: no record of a tag has to be given up. */
const IDLE_TAGS_MANY = 1000;
const TTLS_MS = [5, 30, 200, 3000];
const NONE: readonly string[] = [];

// --- reading -----------------------------------------------------------------------------------------------------------

function get(driver: Driver, name = driver.anyName(), db = driver.db()): void {
  const judge = check(driver, db, name);
  driver.tell(() => `get ${db}/${name}`);
  driver.ask(
    true,
    [],
    () => driver.engine.get(db, driver.bytes(name)),
    (value) => void judge(value, 'get'),
  );
}

function getMany(driver: Driver): void {
  const db = driver.db();
  const names = driver.dice.some(driver.names, 0.4);
  const judges = names.map((name) => check(driver, db, name));
  driver.tell(() => `mget ${db} ${names}`);
  driver.ask(
    true,
    [],
    () =>
      driver.engine.getMany(
        db,
        names.map((name) => driver.bytes(name)),
      ),
    (values) => {
      for (const [i, value] of values.entries()) judges[i]!(value, 'mget');
      return undefined;
    },
  );
}

function count(driver: Driver): void {
  const db = driver.db();
  const { engine } = driver;
  driver.tell(() => `count ${db}`);
  driver.ask(
    true,
    [],
    () => engine.size(db),
    () => undefined,
  );
  driver.ask(
    true,
    [],
    () => engine.tagKeys(db, driver.dice.pick(TAGS), '0', 10),
    () => undefined,
  );
  driver.ask(
    true,
    [],
    () => engine.keys(db, () => true),
    () => undefined,
  );
}

function warm(driver: Driver): void {
  const names = driver.dice.some([...driver.origin.keys.keys()], 0.5);
  driver.tell(() => `warm 0 ${names}`);
  const { quiet, core } = driver.engine;
  for (const name of names) void quiet.loadQuietly({ db: core.dbs.of(0), key: driver.bytes(name) });
}

// --- writing -----------------------------------------------------------------------------------------------------------

function set(driver: Driver, name = driver.anyName(), db = driver.db()): void {
  const { model, dice } = driver;
  const key = model.key(db, name);
  const loader = driver.isLoader(name);
  const blow = strike(driver, [{ db, name }], []);
  const text = loader ? driver.freshText(driver.origin.textOf(name)) : driver.freshText(name);
  const template = model.template(name);
  // Of a loader's key only what its origin says of every value: a load may replace what was set.
  const own = loader || dice.oneIn(2) ? NONE : dice.some(FREE_TAGS, 0.4);
  const tags = [...own, ...template.tags];
  const sources = loader ? template.sources : sourcesFor(driver, name);
  const graced = driver.isGraced(name);
  const expiresAt = loader && !graced ? NEVER : expiryFor(driver);
  const graceMs = (graced || !loader) && dice.oneIn(3) ? dice.pick(GRACES_MS) : undefined;
  // A graced key has a loader: it is served until its grace is over.
  const servedUntil = expiresAt + (graced ? (graceMs ?? driver.origin.graceMsOf(name)) : 0);
  const value = driver.padded(text);
  driver.tell(() => `set ${db}/${name} ${text} tags ${tags} sources ${sources} until ${expiresAt} [${blow.tick}]`);
  key.changes++;
  driver.ask(
    false,
    [key, ...blow.hit],
    () =>
      driver.engine.set(db, driver.bytes(name), driver.bytes(value), {
        tags,
        sources,
        expiresAt,
        ...(graceMs !== undefined && { graceMs }),
      }),
    () => {
      fell(driver, blow);
      model.write(key, text, loader ? Number.POSITIVE_INFINITY : blow.tick, servedUntil);
      const sure = driver.isAmple && expiresAt === NEVER && !driver.hasChanges;
      key.holding = { text, tags: new Set(tags), sources: new Set(sources), madeAt: blow.tick, sure };
      return () => acknowledged(driver, blow, true, [key]);
    },
  );
}

/** INCR, APPEND and the like: reads, then writes what it made of it, in one moment. */
function modify(driver: Driver): void {
  const { model, engine } = driver;
  const db = driver.db();
  const name = driver.valueName();
  const key = model.key(db, name);
  const judge = check(driver, db, name);
  driver.tell(() => `modify ${db}/${name}`);
  const change = (old: Value | null): Blow => {
    judge(old, 'modify');
    const lived = old !== null;
    const blow = strike(driver, [{ db, name }], []);
    const text = driver.freshText(name);
    const before = lived ? key.holding : null;
    const expiresAt = before === null ? NEVER : (key.written.get(before.text)?.expiresAt ?? NEVER);
    driver.tell(() => `  modified to ${text} [${blow.tick}]`);
    key.changes++;
    const value = driver.bytes(driver.padded(text));
    engine.set(db, driver.bytes(name), value, { keepTies: true, expiresAt: KEEP_TTL });
    fell(driver, blow);
    model.write(key, text, blow.tick, expiresAt);
    if (!lived || before !== null) {
      const sure = driver.isAmple && (before === null || before.sure) && expiresAt === NEVER && !driver.hasChanges;
      const madeAt = before?.madeAt ?? blow.tick;
      key.holding = { text, tags: new Set(before?.tags), sources: new Set(before?.sources), madeAt, sure };
    } else key.holding = null;
    return blow;
  };
  const again = (): Blow | Promise<Blow> => {
    const old = engine.getRaw(db, driver.bytes(name));
    return old instanceof Promise ? old.then(again) : change(old);
  };
  driver.ask(false, [key], again, (blow) => () => acknowledged(driver, blow, true, [key]));
}

function remove(driver: Driver, name = driver.anyName(), db = driver.db()): void {
  const key = driver.model.key(db, name);
  const blow = strike(driver, [{ db, name }], [key]);
  driver.tell(() => `del ${db}/${name} [${blow.tick}]`);
  driver.ask(
    false,
    blow.hit,
    () => driver.engine.remove(db, driver.bytes(name)),
    (_, __, atOnce) => {
      fell(driver, blow);
      return () => acknowledged(driver, blow, atOnce, [key]);
    },
  );
}

function expire(driver: Driver): void {
  const { model, engine, dice } = driver;
  const db = driver.db();
  const name = driver.valueName();
  const key = model.key(db, name);
  const expiresAt = dice.oneIn(4) ? NEVER : driver.now + dice.pick(TTLS_MS);
  driver.tell(() => `expire ${db}/${name} at ${expiresAt}`);
  const unknownFromNow = () => {
    for (const written of key.written.values()) written.expiresAt = NEVER;
    if (key.holding !== null) key.holding.sure = false;
  };
  unknownFromNow();
  const { changes } = key;
  const apply = (): boolean | Promise<boolean> => {
    const slot = engine.locate(db, driver.bytes(name));
    if (slot instanceof Promise) return slot.then(apply);
    if (slot === 0) return false;
    unknownFromNow();
    if (expiresAt <= driver.now) return false;
    const done = engine.expire(db, slot, expiresAt);
    return done instanceof Promise ? done.then(() => true) : true;
  };
  driver.ask(false, [key], apply, (done) => {
    const { holding } = key;
    if (done && holding !== null && key.changes === changes) {
      const written = key.written.get(holding.text);
      if (written !== undefined) written.expiresAt = expiresAt;
    } else unknownFromNow();
    return undefined;
  });
}

function copy(driver: Driver): void {
  const { model, engine, dice } = driver;
  const renames = dice.oneIn(2);
  const fromDb = driver.db();
  const toDb = dice.oneIn(3) ? driver.db() : fromDb;
  const fromName = renames ? driver.valueName() : driver.anyName();
  const toName = driver.valueName();
  const from = model.key(fromDb, fromName);
  const to = model.key(toDb, toName);
  if (from === to) return;
  const replace = !dice.oneIn(4);
  const [a, b] = [driver.bytes(fromName), driver.bytes(toName)];
  const known = from.holding;
  const fromFloor = model.floorOf(from, driver.now);
  const struck = [{ db: toDb, name: toName }, ...(renames ? [{ db: fromDb, name: fromName }] : [])];
  const blow = strike(driver, struck, renames ? [from] : []);
  // Chains that go through both are not worked out.
  blow.hit = blow.hit.filter((key) => key !== to);
  const changes = [from.changes, to.changes];
  driver.tell(() => `${renames ? 'rename' : 'copy'} ${fromDb}/${fromName} ${toDb}/${toName} [${blow.tick}]`);
  const pass = (until: number, isLate: boolean) => {
    for (const [text, { until: was, expiresAt }] of [...from.written]) {
      if (was >= fromFloor) model.write(to, text, until, isLate ? NEVER : expiresAt);
    }
  };
  driver.ask<string | boolean>(
    false,
    [from, to, ...blow.hit],
    () => (renames ? engine.rename(fromDb, a, toDb, b, replace) : engine.copy(fromDb, a, toDb, b, replace)),
    (outcome, _, atOnce) => {
      const done = outcome === true || outcome === 'ok';
      driver.tell(() => `  copied: ${outcome}`);
      if (!done) return undefined;
      if (!atOnce) model.tick++;
      const at = model.tick;
      pass(at, !atOnce);
      if (!atOnce) driver.learn(() => pass(at, true));
      const alone = changes[0] === from.changes && changes[1] === to.changes;
      fell(driver, blow);
      to.changes++;
      // What the copy is bound to may have been hit by the copy itself.
      const same = known !== null && alone && (renames || known === from.holding) && known.sources.size === 0;
      to.holding = same ? { ...known, tags: new Set(known.tags), sure: false } : null;
      if (!same || !atOnce) for (const written of to.written.values()) written.expiresAt = NEVER;
      return () => acknowledged(driver, blow, atOnce, atOnce ? [to] : []);
    },
  );
}

// --- tags and dependencies ---------------------------------------------------------------------------------------------

function tagAdd(driver: Driver): void {
  const { model, dice } = driver;
  const db = driver.db();
  const name = driver.valueName();
  const key = model.key(db, name);
  const tags = [dice.pick(TAGS)];
  const { changes, holding } = key;
  driver.tell(() => `tagadd ${db}/${name} ${tags}`);
  driver.ask(
    false,
    [key],
    () => driver.engine.tagAdd(db, driver.bytes(name), tags),
    (added) => {
      driver.tell(() => `  tagadd: ${added}`);
      const mustTake = holding?.sure && key.holding === holding && driver.shape.idleTagsMax >= IDLE_TAGS_MANY;
      if (added === -1 && mustTake && tags.every((tag) => (model.tagsEndedAt.get(tag) ?? 0) < holding.madeAt))
        throw new Violation(`tagadd: ${tags} was not invalidated since ${db}/${name} was made`);
      if (added === -1) {
        model.shake(db, name);
        key.holding = null;
        key.changes++;
      } else if (added === -2) {
        if (holding?.sure && key.holding === holding) throw new Violation(`tagadd: ${db}/${name} must be there`);
      } else if (holding !== null && key.holding === holding && key.changes === changes) {
        for (const tag of tags) holding.tags.add(tag);
      } else if (key.holding !== null) key.holding.sure = false;
      return undefined;
    },
  );
}

function tagRemove(driver: Driver): void {
  const { model, dice } = driver;
  const db = driver.db();
  const name = driver.valueName();
  const key = model.key(db, name);
  const tags = dice.some(TAGS, 0.4);
  const loosen = () => {
    model.loosened++;
    for (const tag of tags) key.holding?.tags.delete(tag);
  };
  driver.tell(() => `tagrem ${db}/${name} ${tags}`);
  loosen();
  driver.ask(
    false,
    [key],
    () => driver.engine.tagRemove(db, driver.bytes(name), tags),
    () => void loosen(),
  );
}

function depend(driver: Driver): void {
  const { model, dice } = driver;
  const db = driver.db();
  const name = driver.anyName();
  const at = driver.names.indexOf(name);
  const source = dice.oneIn(8) ? driver.anyName() : (driver.names[dice.below(at + 1)] ?? 'v0');
  driver.tell(() => `depadd ${db}/${name} ${source}`);
  model.edgeMayBe(db, source, name);
  const { loosened } = model;
  driver.ask(
    false,
    [],
    () => driver.engine.dependencyAdd(db, driver.bytes(name), [driver.bytes(source)]),
    () => () => {
      if (model.loosened === loosened) model.edgeIs(db, source, name);
    },
  );
}

function undepend(driver: Driver): void {
  const { model } = driver;
  const db = driver.db();
  const name = driver.valueName();
  const source = driver.valueName();
  driver.tell(() => `depdel ${db}/${name} ${source}`);
  model.loosened++;
  model.edgeIsNot(db, source, name);
  const key = model.key(db, name);
  const { holding } = key;
  if (holding?.sources.has(source)) {
    key.holding = { ...holding, sources: new Set([...holding.sources].filter((each) => each !== source)) };
  }
  driver.ask(
    false,
    [],
    () => driver.engine.dependencyRemove(db, driver.bytes(name), [driver.bytes(source)]),
    () => undefined,
  );
}

// --- databases -----------------------------------------------------------------------------------------------------------

function flush(driver: Driver): void {
  const { model, dice } = driver;
  const db = dice.oneIn(4) ? undefined : driver.db();
  const dbs = db === undefined ? [...model.dbs.keys()] : [db];
  const keys = dbs.flatMap((each) => driver.names.map((name) => model.key(each, name)));
  const blow = strike(driver, [], keys);
  driver.tell(() => `flush ${db ?? 'all'} [${blow.tick}]`);
  if (db === undefined) {
    model.loosened++;
    model.edges.clear();
  }
  driver.ask<void>(
    false,
    keys,
    () => driver.engine.flush(db),
    () => {
      fell(driver, blow);
      if (db === undefined) {
        model.loosened++;
        model.edges.clear();
      }
      return () => acknowledged(driver, blow, true, keys);
    },
  );
}

async function swap(driver: Driver): Promise<void> {
  const { model } = driver;
  if (driver.hasChanges) return;
  const a = driver.dice.below(DATABASES_USED);
  const b = driver.dice.below(DATABASES_USED);
  if (a === b) return;
  driver.tell(() => `swap ${a} ${b}`);
  // Which database is which must not be in doubt when the process dies.
  await driver.settle();
  strike(driver, [], []);
  driver.fills = [];
  model.loosened++;
  [model.dbs[a], model.dbs[b]] = [model.dbs[b]!, model.dbs[a]!];
  for (const db of [a, b]) {
    for (const key of model.dbs[db]!.values()) if (key.holding !== null) key.holding.sure = false;
  }
  driver.ask<void>(
    false,
    [],
    () => driver.engine.swap(a, b),
    () => undefined,
  );
  await driver.settle();
}

// --- the rest --------------------------------------------------------------------------------------------------------------

/** Memory is short for a while. */
function squeeze(driver: Driver): void {
  if (driver.isAmple) return;
  const { memory } = driver.engine.core;
  driver.tell(() => 'squeeze');
  const share = 0.2 + driver.dice.unit();
  memory.setMaxMemory(Math.floor(driver.shape.maxMemoryBytes * share));
}

async function pause(driver: Driver): Promise<void> {
  const ms = driver.dice.pick([1, 3, 12, 12, 40, 300, 100_000]);
  driver.tell(() => `pass ${ms} ms`);
  await driver.endTurn();
  await driver.pass(ms);
}

function audit(driver: Driver): void {
  driver.engine.audit();
}

async function crash(driver: Driver): Promise<void> {
  driver.tell(() => 'crash');
  await driver.crash();
}

async function restart(driver: Driver): Promise<void> {
  driver.tell(() => 'restart');
  await driver.restart();
}

/** A reader and a writer of one key, in one turn. */
function race(driver: Driver): void {
  const name = driver.anyName();
  const db = driver.db();
  get(driver, name, db);
  if (driver.dice.oneIn(2)) remove(driver, name, db);
  else set(driver, name, db);
  get(driver, name, db);
}

const WEIGHTS: readonly [number, Action][] = [
  [14, (driver) => get(driver)],
  [4, getMany],
  [1, count],
  [2, warm],
  [12, (driver) => set(driver)],
  [3, modify],
  [4, (driver) => remove(driver)],
  [5, expire],
  [4, copy],
  [3, tagAdd],
  [2, tagRemove],
  [6, invalidateTags],
  [3, invalidateKeys],
  [3, depend],
  [1, undepend],
  [2.5, flush],
  [1, swap],
  [1, squeeze],
  [8, pause],
  [2, audit],
  [3, race],
  [1.2, crash],
  [0.4, restart],
  [5, inval],
  [1.5, dryRun],
  [1, invalidateWrite],
  [1, changeRules],
  [5, getToFill],
  [4, lease],
  [9, storeFill],
  [1.5, why],
];
/** Of the action that a seed favours. */
const FAVOUR = 5;

/** What one client or the world does next. */
export function drawAction(driver: Driver): Action {
  const { without, favourite } = driver.shape;
  const weights = WEIGHTS.map(([weight, action], number): [number, Action] => [
    number === favourite ? FAVOUR * weight : weight,
    action,
  ]);
  const chosen = weights.filter((_, number) => number === favourite || !without.includes(number));
  const total = chosen.reduce((sum, [weight]) => sum + weight, 0);
  let at = driver.dice.unit() * total;
  for (const [weight, action] of chosen) if ((at -= weight) < 0) return action;
  return pause;
}

/** Everything is read once more, twice: as it is, and as the disk has it. */
export async function lastLook(driver: Driver): Promise<void> {
  driver.tell(() => 'last look');
  await driver.settle();
  driver.engine.audit();
  readAll(driver);
  await driver.settle();
  if (driver.dice.oneIn(2)) await crash(driver);
  else await restart(driver);
  readAll(driver);
  await driver.settle();
  readAll(driver);
  await driver.settle();
  driver.engine.audit();
}

function readAll(driver: Driver): void {
  for (const db of driver.model.dbs.keys()) for (const name of driver.names) get(driver, name, db);
}
