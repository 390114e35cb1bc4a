import { acknowledged, check, expiryFor, fell, sourcesFor, strike } from './blows';
import { type Driver, type Fill, FREE_TAGS, GRACE_MS_MAX, GRACES_MS, Violation } from './driver';
import type { Key } from './model';

/** Connections that fill what they missed. */
const FILLING_CLIENTS = 3;
/** Shorter than what a miss is remembered. */
const FILL_MS_MAX = 9_000;
const LEASE_TTLS_MS = [undefined, 20, 300];
const LEASE_TTL_MS = 10_000;
const LEASE_WAITS_MS = [0, 0, 30];
/** Fills that somebody works at; older ones are given up. */
const FILLS_MAX = 12;

/** Begins to make a value: the origin is read after a while. */
function begin(driver: Driver, begun: Omit<Fill, 'tick' | 'quiet' | 'read'>): void {
  const { dice, world, model, origin } = driver;
  const fill: Fill = { ...begun, tick: model.tick, quiet: !driver.hasChanges, read: null };
  if (driver.fills.push(fill) > FILLS_MAX) driver.fills.shift();
  world.scheduler.after(dice.below(driver.shape.slowLoadMs), () => {
    const { name } = fill;
    const text = driver.isLoader(name) ? origin.textOf(name) : driver.freshText(name);
    fill.read = { text, tick: model.tick };
    driver.tell(() => `  origin of ${fill.db}/${name} gives ${text}`);
  });
}

/** GET of a client that fills what it misses. */
export function getToFill(driver: Driver): void {
  const { engine, dice } = driver;
  const client = 1 + dice.below(FILLING_CLIENTS);
  const db = driver.db();
  const name = driver.valueName();
  const judge = check(driver, db, name);
  driver.tell(() => `get ${db}/${name} by ${client}`);
  driver.ask(
    true,
    [],
    () => engine.get(db, driver.bytes(name)),
    (value) => {
      judge(value, 'get');
      if (value !== null) return undefined;
      engine.missed(client, db, driver.bytes(name));
      begin(driver, { client, db, name, token: null, untilMs: driver.now + FILL_MS_MAX });
      return undefined;
    },
  );
}

export function lease(driver: Driver): void {
  const { engine, dice } = driver;
  const client = ++driver.clients;
  const db = driver.db();
  const name = driver.anyName();
  const ttlMs = dice.pick(LEASE_TTLS_MS);
  // Whoever is answered with a lapsed value is told that it is stale.
  const judge = check(driver, db, name, GRACE_MS_MAX);
  driver.tell(() => `lease ${db}/${name} by ${client}`);
  driver.ask(
    true,
    [],
    () => engine.lease(client, db, driver.bytes(name), ttlMs, dice.pick(LEASE_WAITS_MS)),
    ({ state, value, token }) => {
      driver.tell(() => `  lease: ${state} ${token !== null}`);
      judge(value, 'lease');
      if (token === null) return undefined;
      checkAlone(driver, db, name);
      begin(driver, { client, db, name, token, untilMs: driver.now + (ttlMs ?? LEASE_TTL_MS) });
      return undefined;
    },
  );
}

/** Two leases of one key, and nothing that ended the first. */
function checkAlone(driver: Driver, db: number, name: string): void {
  for (const fill of driver.fills) {
    if (fill.token === null || fill.db !== db || fill.name !== name) continue;
    if (fill.quiet && fill.tick === driver.model.tick && driver.now < fill.untilMs && !driver.hasChanges)
      throw new Violation(`two leases of ${db}/${name}`);
  }
}

/** TAGSET of what a client has made. */
export function storeFill(driver: Driver): void {
  const { model, dice, engine } = driver;
  const ready = driver.fills.filter(({ read }) => read !== null);
  if (ready.length === 0) return;
  const fill = dice.pick(ready);
  driver.fills.splice(driver.fills.indexOf(fill), 1);
  const { client, db, name, token, untilMs } = fill;
  if (token === null && driver.now > untilMs) return;
  const { text, tick } = fill.read!;
  const key = model.key(db, name);
  const loader = driver.isLoader(name);
  const template = model.template(name);
  const tags = [...(loader ? [] : dice.some(FREE_TAGS, 0.4)), ...template.tags];
  const sources = loader ? template.sources : sourcesFor(driver, name);
  const expiresAt = loader ? Number.POSITIVE_INFINITY : expiryFor(driver);
  const graceMs = !loader && dice.oneIn(3) ? dice.pick(GRACES_MS) : undefined;
  const mayBeRefused =
    token === null || !fill.quiet || fill.tick !== model.tick || driver.hasChanges || driver.now >= untilMs;
  const newest = newestEnd(driver, fill, tags, sources);
  const blow = strike(driver, [{ db, name }], [], undefined, true);
  driver.tell(() => `tagset ${db}/${name} ${text} of ${tick} tags ${tags} sources ${sources} [${blow.tick}]`);
  key.changes++;
  driver.ask(
    false,
    [key, ...blow.hit],
    () =>
      engine.set(db, driver.bytes(name), driver.bytes(driver.padded(text)), {
        tags,
        sources,
        expiresAt,
        client,
        isFill: true,
        ...(token !== null && { lease: token }),
        ...(graceMs !== undefined && { graceMs }),
      }),
    (stored) => {
      driver.tell(() => `  stored: ${stored}`);
      if (!stored) {
        if (!mayBeRefused) throw new Violation(`tagset of ${db}/${name} was refused, and nothing had happened`);
        return undefined;
      }
      if (newest.tick > tick)
        throw new Violation(
          `tagset of ${db}/${name} was stored, read at ${tick}, but ${newest.what} ended at ${newest.tick}`,
        );
      fell(driver, blow);
      if (!loader) model.write(key, text, Math.max(tick, key.perhapsHitAt), expiresAt);
      key.holding = { text, tags: new Set(tags), sources: new Set(sources), madeAt: tick, sure: false };
      return () => acknowledged(driver, blow, true);
    },
  );
}

/** The newest acknowledged end of the key, of one of the tags or of one of the sources. */
function newestEnd(driver: Driver, { db, name }: Fill, tags: readonly string[], sources: readonly string[]) {
  const { model } = driver;
  const sure = ({ floor, perhapsHitAt }: Key) => (floor > perhapsHitAt ? floor : 0);
  let newest = { what: 'the key', tick: driver.isGraced(name) ? 0 : sure(model.key(db, name)) };
  const look = (what: string, tick: number) => {
    if (tick > newest.tick) newest = { what, tick };
  };
  for (const tag of tags) look(tag, model.tagFloors.get(tag) ?? 0);
  for (const source of sources) look(source, sure(model.key(db, source)));
  return newest;
}

/** WHY, of anything: it answers, and remembers what was there in this life. */
export function why(driver: Driver): void {
  const { engine, model } = driver;
  const db = driver.db();
  const name = driver.anyName();
  const key = model.key(db, name);
  const mustKnow = key.seenIn === driver.restarts && !driver.isLoader(name);
  driver.tell(() => `why ${db}/${name}`);
  driver.ask(
    true,
    [],
    () => engine.why(db, driver.bytes(name)),
    (fields) => {
      const of = new Map(fields.map(([field, value]) => [field, value]));
      driver.tell(() => `  why: ${JSON.stringify(fields)}`);
      if (mustKnow && of.get('state') === 'never seen' && of.get('certain') !== 0)
        throw new Violation(`why ${db}/${name}: never seen, but it was there`);
      return undefined;
    },
  );
}
