import fc from 'fast-check';
import { copyOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { Value } from '../../src/engine/api';
import type { Loaded, RefreshAhead } from '../../src/engine/families';
import { FillingHouse, key, type OpenCall } from './filling-house';

const KEYS = ['a:1', 'a:2', 'b:1'] as const;
type Key = (typeof KEYS)[number];

type Step =
  | { do: 'get' | 'fetch' | 'fresh' | 'quiet' | 'write' | 'delete' | 'tag' | 'soft'; key: Key }
  | { do: 'mget' | 'flush' }
  | { do: 'answer'; which: number; how: 'value' | 'fails' | 'absent' | 'unchanged' | 'store-not' }
  | { do: 'wait'; ms: number };

const keyOf = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('get', 'get', 'get', 'fetch', 'fresh', 'quiet'), key: keyOf }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('write', 'delete', 'tag', 'soft'), key: keyOf }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('mget', 'mget', 'mget', 'flush') }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer'),
      which: fc.nat(5),
      how: fc.constantFrom('value', 'value', 'value', 'fails', 'absent', 'unchanged', 'store-not'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 20, 100, 700, 3_000) }) },
) as fc.Arbitrary<Step>;

interface Shape {
  batchKeysMax: number;
  graceMs: number;
  softTimeoutMs: number;
  negativeTtlMs: number;
  ahead: RefreshAhead;
  loadsMax: number;
}

const shape: fc.Arbitrary<Shape> = fc.record({
  batchKeysMax: fc.constantFrom(1, 1, 2, 10),
  graceMs: fc.constantFrom(0, 500, 5_000),
  softTimeoutMs: fc.constantFrom(0, 0, 10),
  negativeTtlMs: fc.constantFrom(0, 2_000),
  ahead: fc.constantFrom<RefreshAhead>({ kind: 'off' }, { kind: 'share', share: 0.5 }, { kind: 'early' }),
  loadsMax: fc.constantFrom(1, 2, 8),
});

/** A call that was asked: what is true of each key then is what it will answer, whenever that is. */
interface Read {
  call: OpenCall;
  versions: number[];
}

/**
 * The plain model: each key has a version at the origin; a write there raises it and then tells the cache. Whoever asks after
 * that was acknowledged is never given an older version, nor an older "there is no such thing".
 */
class World {
  readonly house: FillingHouse;
  readonly versions = new Map<string, number>(KEYS.map((name) => [name, 1]));
  readonly floors = new Map<string, number>(KEYS.map((name) => [name, 0]));
  /** The newest version that was said to be absent. */
  readonly absentAt = new Map<string, number>();
  readonly reads: Read[] = [];
  readonly problems: string[] = [];
  private wasFlushed = false;
  open = 0;
  answered = 0;
  values = 0;

  /** Without, soft is hard. */
  private readonly hasGrace: boolean;

  constructor({ batchKeysMax, graceMs, softTimeoutMs, negativeTtlMs, ahead, loadsMax }: Shape) {
    this.hasGrace = graceMs > 0;
    this.house = new FillingHouse({
      loadsMax,
      fill: { negativeTtlMs, deadlineMs: 60_000, breakerFailures: 4, softTimeoutMs, refreshAhead: ahead },
      family: { graceMs, ttlMs: 1_000, tags: ['all'] },
      load: { batchKeysMax },
    });
    const { calls } = this.house;
    const push = calls.push.bind(calls);
    calls.push = (...added) => {
      for (const call of added) this.begun(call);
      return push(...added);
    };
  }

  /** The source reads when it is asked, which is the earliest that it may. */
  private begun(call: OpenCall): void {
    for (const name of call.keys) {
      const excusedSince = this.floors.get(name)!;
      const others = this.reads.filter(({ call: other, versions }) => {
        const at = other.keys.indexOf(name);
        return at !== -1 && versions[at]! >= excusedSince;
      });
      // A flushed database lives on for the loads that were begun for it.
      if (others.length > 0 && !this.wasFlushed) this.problems.push(`two loads of ${name} at once`);
    }
    this.reads.push({ call, versions: call.keys.map((name) => this.versions.get(name)!) });
  }

  ask(what: string, name: string, of: () => Value | null | Promise<Value | null>): void {
    const floor = this.floors.get(name)!;
    this.open++;
    const got = (value: Value | null) => {
      this.answered++;
      if (value === null) {
        if ((this.absentAt.get(name) ?? -1) < floor)
          this.problems.push(`${what} ${name}: nothing, but it was there since`);
        return;
      }
      this.values++;
      const version = Number(copyOf(value).toString().split('@')[1]);
      if (!copyOf(value).toString().startsWith(name)) this.problems.push(`${what} ${name}: the value of another key`);
      if (version < floor) this.problems.push(`${what} ${name}: version ${version}, but ${floor} was acknowledged`);
      if (version > this.versions.get(name)!) this.problems.push(`${what} ${name}: version ${version} was never there`);
    };
    const refused = (thrown: unknown) => {
      this.answered++;
      if (!(thrown instanceof Fault)) throw thrown;
    };
    try {
      const value = of();
      if (value instanceof Promise) value.then(got, refused);
      else got(value);
    } catch (thrown) {
      refused(thrown);
    }
  }

  /** The origin changes, and the cache is told. */
  change(names: readonly string[], tell: () => unknown, isSoft = false): void {
    for (const name of names) this.versions.set(name, this.versions.get(name)! + 1);
    tell();
    if (isSoft) return;
    for (const name of names) this.floors.set(name, this.versions.get(name)!);
  }

  async answer(which: number, how: (Step & { do: 'answer' })['how']): Promise<void> {
    if (this.reads.length === 0) return;
    const [read] = this.reads.splice(which % this.reads.length, 1);
    const { call, versions } = read!;
    const result = (name: string, i: number): Loaded => {
      const text = `${name}@${versions[i]}`;
      if (how === 'fails') return { kind: 'failure', reason: 'down', retryable: i === 0 };
      if (how === 'absent') {
        this.absentAt.set(name, Math.max(versions[i]!, this.absentAt.get(name) ?? -1));
        return { kind: 'absent' };
      }
      // Only what is the same version may be called so.
      if (how === 'unchanged' && call.validator === text) return { kind: 'unchanged' };
      return { kind: 'value', value: Buffer.from(text), validator: text, ...(how === 'store-not' && { store: false }) };
    };
    await call.answer(...call.keys.map(result));
  }

  async play(one: Step): Promise<void> {
    const { house } = this;
    const { engine } = house;
    switch (one.do) {
      case 'get':
        return this.ask('GET', one.key, () => engine.get(0, key(one.key)));
      case 'fetch':
        return this.ask('FETCH', one.key, () => engine.fetch(0, key(one.key), { maxAgeMs: 50 }));
      case 'fresh':
        return this.ask('FRESH', one.key, () => engine.fetch(0, key(one.key), { fresh: true }));
      case 'quiet':
        void house.quiet(one.key);
        return;
      case 'mget':
        for (const name of KEYS) this.ask('MGET', name, () => engine.get(0, key(name)));
        return;
      case 'write': {
        const { key: name } = one;
        return this.change([name], () =>
          engine.set(0, key(name), key(`${name}@${this.versions.get(name)}`), {
            expiresAt: house.world.clock.now + 300,
          }),
        );
      }
      case 'delete':
        return this.change([one.key], () => engine.remove(0, key(one.key)));
      case 'tag':
        return this.change(KEYS, () => engine.invalidateTags(['all']));
      case 'soft':
        return this.change(KEYS, () => engine.invalidate({ tags: ['all'], soft: true }), this.hasGrace);
      case 'flush':
        this.wasFlushed = true;
        this.change(KEYS, () => engine.flush(0));
        return house.settle();
      case 'answer':
        return this.answer(one.which, one.how);
      case 'wait':
        return house.advance(one.ms);
    }
  }

  /** Everything that waits is answered. */
  async end(): Promise<void> {
    for (let i = 0; i < 200 && (this.reads.length > 0 || this.answered < this.open); i++) {
      await this.answer(0, 'value');
      await this.house.advance(20);
    }
    await this.house.end();
  }
}

test('nobody who asks after an acknowledgement gets what was read before; one load a key; everybody is answered once', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(shape, fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (how, steps) => {
      const world = new World(how);
      for (const one of steps) {
        await world.play(one);
        await world.house.settle();
      }
      await world.end();
      expect(world.problems).toEqual([]);
      expect(world.answered).toBe(world.open);
      expect(world.house.engine.filling.stats).toMatchObject({ underWay: 0, waiters: 0 });
      values += world.values;
    }),
    { numRuns: 100 },
  );
  // A cache that never serves breaks no promise.
  expect(values).toBeGreaterThan(100);
});
