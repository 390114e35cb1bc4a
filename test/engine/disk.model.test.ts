import { bytesOf } from '../../src/base/bytes';
import { NEVER } from '../../src/layers/layer';
import { seededRandom } from '../support/manual-world';
import { DiskHouse } from './disk-house';
import { PlainCache } from './plain-cache';

/**
 * The engine on a real disk layer against a plain model, over restarts. A key answers its newest acknowledged value or,
 * where memory is small or the process was killed, nothing; never an older value.
 */
const KEYS = Array.from({ length: 40 }, (_, i) => `key-${String(i).padStart(2, '0')}`);
const TAGS = ['red', 'green', 'blue'];
/** Half of the values fit. */
const SMALL_BYTES = 300_000;
const AMPLE_BYTES = 16 << 20;
const VALUE_BYTES_MAX = 16_000;
const TTLS_MS = [5, 60, 400];
const SESSIONS = 6;
const STEPS = 120;

type Answers = [answer: unknown, expected: unknown];
type Action = (driver: Driver) => Answers | Promise<Answers>;

/** Both sides, and the dice. Actions change the model in the moment in which they call the engine. */
class Driver {
  readonly model = new PlainCache();
  private readonly random: () => number;
  private version = 0;
  /** Evictions that no missing key was put down to yet. */
  private evictedSeen = 0;

  constructor(
    seed: number,
    readonly house: DiskHouse,
  ) {
    this.random = seededRandom(seed);
  }

  get engine() {
    return this.house.engine;
  }
  get now() {
    return this.house.world.clock.now;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.random() < 0.4);
  }
  /** Two keys in their order. */
  pair(): [lower: string, higher: string] {
    const lower = this.below(KEYS.length - 1);
    return [KEYS[lower]!, KEYS[lower + 1 + this.below(KEYS.length - 1 - lower)]!];
  }
  sourcesFor(key: string): string[] {
    const lower = KEYS.slice(0, KEYS.indexOf(key));
    return this.random() < 0.3 && lower.length > 0 ? [...new Set([this.pick(lower), this.pick(lower)])] : [];
  }
  /** What the model says, briefly. */
  newest(key: string): string | null {
    return brief(this.model.live(key, this.now)?.value ?? null);
  }
  newValue(key: string): string {
    return `${key}:${++this.version}:`.padEnd(20 + this.below(VALUE_BYTES_MAX), 'x');
  }

  /** A new engine counts from zero. */
  restarted(): void {
    this.evictedSeen = 0;
  }

  /** Takes what the engine let go out of the model. There must be an eviction for each. */
  async forgiveEvictions(): Promise<void> {
    const lost: string[] = [];
    for (const key of KEYS) {
      if (this.model.live(key, this.now) === undefined) continue;
      if ((await this.house.settled(this.engine.locate(0, bytesOf(key)))) === 0) lost.push(key);
    }
    const { evicted } = this.engine.core.counters;
    expect({ lost, evicted: evicted - this.evictedSeen >= lost.length }).toEqual({ lost, evicted: true });
    this.evictedSeen = evicted;
    for (const key of lost) this.model.entries.delete(key);
  }

  /** After a kill: what is gone is gone. */
  async forgetUnwritten(): Promise<void> {
    for (const key of KEYS) {
      if (this.model.live(key, this.now) === undefined) continue;
      const slot = await this.house.settled(this.engine.locate(0, bytesOf(key)));
      if (slot === 0) this.model.entries.delete(key);
      else {
        // A later expiry may not have reached the disk; an earlier one must have.
        const expiresAt = this.engine.expiresAt(slot);
        const entry = this.model.entries.get(key)!;
        expect(expiresAt).toBeLessThanOrEqual(entry.expiresAt);
        entry.expiresAt = expiresAt;
      }
    }
  }

  async compare(): Promise<void> {
    const { engine, house, model } = this;
    for (const key of KEYS) {
      const value = await house.get(key);
      const entry = model.live(key, this.now);
      expect({ key, value: brief(value) }).toEqual({ key, value: this.newest(key) });
      expect(
        engine
          .dependencies(0, bytesOf(key), 'up', 1)
          .map((each) => each.key)
          .sort(),
      ).toEqual([...new Set([...model.sourcesOf(key), ...(entry?.sources ?? [])])].sort());
      const tags = await house.settled(engine.tagsOf(0, bytesOf(key)));
      if (tags !== null) expect({ key, tags }).toEqual({ key, tags: [...entry!.tags].sort() });
      await this.forgiveEvictions();
    }
    const live = KEYS.filter((key) => model.live(key, this.now) !== undefined);
    expect(await house.settled(engine.size(0))).toBe(live.length);
    const tag = this.pick(TAGS);
    const [, listed] = await house.settled(engine.tagKeys(0, tag, '0', 1000));
    expect(listed.map(String).sort()).toEqual(model.carriers([tag], this.now).sort());
    engine.audit();
  }
}

/** Key, version, length, and whether the padding is whole. */
function brief(value: string | null): string | null {
  if (value === null) return null;
  const [, head, padding] = /^([^:]*:\d+:)(x*)$/s.exec(value) ?? [];
  return head === undefined ? `not one of ours: ${value.slice(0, 40)}` : `${head}${padding!.length}`;
}

function set(driver: Driver, key: string): Answers {
  const { model, now } = driver;
  const value = driver.newValue(key);
  const expiresAt = driver.below(3) === 0 ? now + driver.pick(TTLS_MS) : NEVER;
  const tags = driver.some(TAGS);
  // Whether a cascade still goes through what expired depends on when that is swept: such keys have no sources here.
  const sources = expiresAt === NEVER ? driver.sourcesFor(key) : [];
  model.entries.set(key, { value, expiresAt, tags: new Set(tags), sources: new Set(sources), madeAt: model.moment });
  model.cascade([key], now);
  return [driver.engine.set(0, bytesOf(key), bytesOf(value), { expiresAt, tags, sources }), true];
}

function remove(driver: Driver, key: string): Answers {
  const { model, now } = driver;
  const lived = model.live(key, now) !== undefined;
  model.entries.delete(key);
  model.cascade([key], now);
  return [driver.engine.remove(0, bytesOf(key)), lived];
}

function invalidateKey(driver: Driver, key: string): Answers {
  const { model, now } = driver;
  const lived = model.live(key, now) === undefined ? 0 : 1;
  model.entries.delete(key);
  return [driver.engine.invalidateKeys(0, [bytesOf(key)]), lived + model.cascade([key], now)];
}

function invalidateTags(driver: Driver): Answers {
  const { model, now } = driver;
  const tags = [driver.pick(TAGS)];
  const hit = model.carriers(tags, now);
  model.invalidated(tags);
  for (const key of hit) model.entries.delete(key);
  return [driver.engine.invalidateTags(tags), hit.length + model.cascade(hit, now)];
}

function retag(driver: Driver, key: string): Answers {
  const { engine, model, now } = driver;
  const tags = driver.some(TAGS);
  const adds = driver.below(2) === 0;
  const entry = model.live(key, now);
  if (adds && entry !== undefined && model.isOlder(entry, tags)) {
    model.entries.delete(key);
    model.cascade([key], now);
    return [engine.tagAdd(0, bytesOf(key), tags), -1];
  }
  const before = entry?.tags.size ?? 0;
  for (const tag of tags) adds ? entry?.tags.add(tag) : entry?.tags.delete(tag);
  const expected = entry === undefined ? -2 : Math.abs(entry.tags.size - before);
  return [adds ? engine.tagAdd(0, bytesOf(key), tags) : engine.tagRemove(0, bytesOf(key), tags), expected];
}

async function expire(driver: Driver, key: string): Promise<Answers> {
  const { engine, house, model } = driver;
  const slot = await house.settled(engine.locate(0, bytesOf(key)));
  const entry = model.live(key, driver.now);
  if (slot === 0 || entry === undefined) return [slot, 0];
  if (entry.sources.size > 0) return [0, 0];
  entry.expiresAt = driver.below(3) === 0 ? NEVER : driver.now + driver.pick(TTLS_MS);
  await house.settled(engine.expire(0, slot, entry.expiresAt));
  return [0, 0];
}

function copy(driver: Driver): Answers {
  const { model, now } = driver;
  const [from, to] = driver.pair();
  const entry = model.live(from, now);
  if (entry !== undefined) {
    model.entries.set(to, { ...entry, tags: new Set(entry.tags), sources: new Set(entry.sources) });
    model.cascade([to], now);
  }
  return [driver.engine.copy(0, bytesOf(from), 0, bytesOf(to), true), entry !== undefined];
}

function rename(driver: Driver): Answers {
  const { model, now } = driver;
  const [from, to] = driver.pair();
  const entry = model.live(from, now);
  if (entry !== undefined) {
    model.entries.set(to, { ...entry, tags: new Set(entry.tags), sources: new Set(entry.sources) });
    model.cascade([to], now);
    model.entries.delete(from);
    model.cascade([from], now);
  }
  return [driver.engine.rename(0, bytesOf(from), 0, bytesOf(to), true), entry === undefined ? 'missing' : 'ok'];
}

function depend(driver: Driver): Answers {
  const { engine, model, now } = driver;
  const [source, key] = driver.pair();
  const dependents = model.edges.get(source) ?? new Set();
  const isBound = model.live(key, now)?.sources.has(source) ?? false;
  const isNew = !dependents.has(key) && !isBound;
  model.edges.set(source, dependents.add(key));
  return [engine.dependencyAdd(0, bytesOf(key), [bytesOf(source)]), isNew ? 1 : 0];
}

function undepend(driver: Driver): Answers {
  const { engine, model, now } = driver;
  const [source, key] = driver.pair();
  // DEPDEL takes a bound edge too; it would be back with the row, so only keys without any are asked for.
  if ((model.live(key, now)?.sources.size ?? 0) > 0) return [0, 0];
  return [engine.dependencyRemove(0, bytesOf(key), [bytesOf(source)]), model.edges.get(source)?.delete(key) ? 1 : 0];
}

async function flush(driver: Driver): Promise<Answers> {
  driver.model.entries.clear();
  await driver.house.settled(driver.engine.flush(0));
  return [0, 0];
}

/** What changes one key, at once or as a promise; the model knows the outcome in the moment of the call. */
const CHANGES: readonly ((driver: Driver, key: string) => Answers)[] = [set, set, remove, invalidateKey, retag];

/** A value on its way from disk while its entry is changed, replaced, or killed. */
async function race(driver: Driver): Promise<Answers> {
  const { engine, house } = driver;
  const key = driver.pick(KEYS);
  const { evicted } = engine.core.counters;
  const before = driver.newest(key);
  const reads = [house.get(key), house.get(key)];
  for (let turns = driver.below(4); turns > 0; turns--) await house.turn();
  const outcome = driver.pick([...CHANGES, invalidateTags])(driver, key);
  const after = driver.newest(key);
  const late = house.get(key);
  const waits = outcome[0] instanceof Promise;
  // Of two changes under way at once either may come first: the model knows only one order.
  const answers = [await house.settled(outcome[0])];
  const second = driver.below(2) === 0 ? set(driver, key) : remove(driver, key);
  const last = driver.newest(key);
  answers.push(await house.settled(second[0]));
  const gone = engine.core.counters.evicted === evicted ? last : null;
  for (const read of reads) expect([before, after, last, gone]).toContain(brief(await read));
  expect(waits ? [before, after, last, gone] : [after, last, gone]).toContain(brief(await late));
  engine.audit();
  return [answers, [outcome[1], second[1]]];
}

const ACTIONS: readonly Action[] = [
  ...Array<Action>(6).fill((driver) => set(driver, driver.pick(KEYS))),
  (driver) => remove(driver, driver.pick(KEYS)),
  (driver) => invalidateKey(driver, driver.pick(KEYS)),
  invalidateTags,
  (driver) => retag(driver, driver.pick(KEYS)),
  (driver) => retag(driver, driver.pick(KEYS)),
  (driver) => expire(driver, driver.pick(KEYS)),
  (driver) => expire(driver, driver.pick(KEYS)),
  copy,
  rename,
  depend,
  undepend,
  race,
  race,
  race,
  async (driver) => {
    const key = driver.pick(KEYS);
    return [brief(await driver.house.get(key)), driver.newest(key)];
  },
  async (driver) => {
    driver.house.world.scheduler.advance(driver.pick([1, 7, 30]));
    await driver.house.turn();
    return [0, 0];
  },
  async (driver) => {
    await driver.house.written();
    return [0, 0];
  },
];
const RARE: readonly Action[] = [flush];

async function session(driver: Driver, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const action = driver.below(60) === 0 ? driver.pick(RARE) : driver.pick(ACTIONS);
    if (driver.engine.core.complete) await driver.forgiveEvictions();
    const [answer, expected] = await action(driver);
    const given = await driver.house.settled(answer);
    expect({ step, action: action.name, given }).toEqual({ step, action: action.name, given: expected });
    await driver.house.acknowledge();
  }
}

async function run(seed: number, maxMemoryBytes: number, whileLoading: boolean): Promise<void> {
  const house = new DiskHouse(seed, { maxMemoryBytes, pageRowsMax: whileLoading ? 2 : 512 });
  const driver = new Driver(seed, house);
  try {
    await house.openAndLoad();
    for (let round = 0; round < SESSIONS; round++) {
      await session(driver, STEPS);
      await driver.forgiveEvictions();
      await driver.compare();
      const { epoch } = house.engine;
      const killed = driver.below(2) === 0;
      if (killed) await house.kill();
      else await house.stop();
      driver.restarted();
      await house.open();
      expect(house.engine.epoch).toBeGreaterThanOrEqual(epoch);
      if (killed) {
        await house.loaded();
        await driver.forgetUnwritten();
      } else if (whileLoading) await session(driver, 8);
      await house.loaded();
      await driver.forgiveEvictions();
      await driver.compare();
    }
    await house.stop();
  } finally {
    house.remove();
  }
}

test.each([1, 2, 3, 4])('seed %i: memory for half of the values', (seed) => run(seed, SMALL_BYTES, false));
test.each([5, 6, 7, 8])('seed %i: operations while the directory is read', (seed) => run(seed, AMPLE_BYTES, true));
