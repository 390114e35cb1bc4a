import fc from 'fast-check';
import { bytesOf } from '../../../src/base/bytes';
import { NEVER } from '../../../src/layers/layer';
import { POLICY_NAMES, type PolicyName } from '../../../src/layers/memory/policies';
import { BOUND, DIRTY, MARK, ON_DISK } from '../../../src/layers/memory/record';
import { auditAll, find, type House, keyOf, newMemory, storedValue } from './support';

afterEach(auditAll);

interface Modelled {
  value: Buffer | null;
  length: number;
  type: number;
  expiresAt: number;
  tie: number;
  flag: number;
}

const KEYS = [
  ...Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)),
  '',
  '\xff\x01',
  '\xfe\x01',
  'ab',
  'abc',
  'abcd',
  'abcde',
  'x'.repeat(300),
];
const key = fc.oneof(fc.constantFrom(...KEYS.slice(60, 70), ...KEYS.slice(250)), fc.constantFrom(...KEYS));
const db = fc.constantFrom(0, 0, 0, 5, 31);
const length = fc.oneof(
  { weight: 20, arbitrary: fc.nat(300) },
  { weight: 3, arbitrary: fc.nat(5000) },
  { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 300 << 10 }) },
);
const ttlMs = fc.oneof(fc.constant(NEVER), fc.nat(50), fc.nat(1e6), fc.constant(2 ** 31), fc.constant(2 ** 52));
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ op: fc.constant('put' as const), db, key, length, fill: fc.nat(255), type: fc.nat(7) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('stub' as const), db, key, length, type: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('drop' as const), db, key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('copy' as const), db, key, to: key }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('remove' as const), db, key }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('expire' as const), db, key, ttlMs }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('touch' as const), db, key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('tie' as const),
      db,
      key,
      tie: fc.nat(),
      flag: fc.constantFrom(ON_DISK, DIRTY, BOUND, MARK),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('advance' as const),
      ms: fc.oneof(fc.nat(60), fc.nat(2e6)),
      budget: fc.nat(5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('policy' as const), name: fc.constantFrom(...POLICY_NAMES) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('adopt' as const), budget: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('compact' as const), budget: fc.nat(50) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Unkeyed = 'advance' | 'policy' | 'adopt' | 'compact' | 'put' | 'stub';

const nameOf = (db: number, key: string) => `${db}:${key}`;

/** Does the step in both. */
function run(house: House, model: Map<string, Modelled>, step: Step): void {
  const { memory, clock } = house;
  if (step.op === 'advance') {
    clock.now += step.ms;
    memory.expireDue(clock.now, step.budget);
  } else if (step.op === 'policy') memory.setPolicy(step.name);
  else if (step.op === 'adopt') memory.adopt(step.budget);
  else if (step.op === 'compact') {
    memory.purge();
    memory.compact(step.budget);
  } else if (step.op === 'put' || step.op === 'stub') store(house, model, step);
  else change(house, model, step);
}

function store({ memory }: House, model: Map<string, Modelled>, step: Step & { op: 'put' | 'stub' }): void {
  const { type, length } = step;
  const key = bytesOf(step.key);
  const value = step.op === 'put' ? Buffer.alloc(length, step.fill) : null;
  if (value === null) memory.putStub(step.db, key, length, type);
  else memory.put(step.db, key, bytesOf(value), type);
  const name = nameOf(step.db, step.key);
  model.set(name, { expiresAt: NEVER, tie: 0, flag: 0, ...model.get(name), value, length, type });
}

/** What needs an entry that is there; the layer and the model must agree whether it is. */
function change(house: House, model: Map<string, Modelled>, step: Exclude<Step, { op: Unkeyed }>): void {
  const { memory, clock } = house;
  const name = nameOf(step.db, step.key);
  const slot = find(memory, step.key, step.db);
  const entry = model.get(name);
  expect(slot !== 0).toBe(entry !== undefined);
  if (slot === 0 || entry === undefined) return;
  if (step.op === 'remove') {
    memory.remove(slot);
    model.delete(name);
  } else if (step.op === 'drop') {
    memory.dropValue(slot);
    entry.value = null;
  } else if (step.op === 'touch') memory.touch(slot, clock.now);
  else if (step.op === 'expire') {
    entry.expiresAt = step.ttlMs === NEVER ? NEVER : clock.now + 1 + step.ttlMs;
    memory.setExpires(slot, entry.expiresAt);
  } else if (step.op === 'tie') {
    memory.setTie(slot, (entry.tie = step.tie));
    memory.setFlag(slot, step.flag, true);
    entry.flag |= step.flag;
  } else copy(house, model, step.db, slot, entry, step.to);
}

/** Stores a view of one entry as the value of another, or of itself, as RENAME and COPY do. */
function copy(
  { memory }: House,
  model: Map<string, Modelled>,
  db: number,
  slot: number,
  entry: Modelled,
  to: string,
): void {
  if (entry.value === null) return;
  const span = bytesOf('');
  memory.view(slot, span);
  memory.put(db, bytesOf(to), span, entry.type);
  const old = model.get(nameOf(db, to));
  const value = Buffer.from(entry.value);
  model.set(nameOf(db, to), {
    expiresAt: NEVER,
    tie: 0,
    flag: 0,
    ...old,
    value,
    length: entry.length,
    type: entry.type,
  });
}

function compare({ memory, clock }: House, model: Map<string, Modelled>): void {
  while (!memory.expireDue(clock.now, 3));
  for (const [name, entry] of model) if (entry.expiresAt <= clock.now) model.delete(name);
  const counts = new Map<number, number>();
  for (const [name, entry] of model) {
    const db = Number.parseInt(name, 10);
    counts.set(db, (counts.get(db) ?? 0) + 1);
    const slot = find(memory, name.slice(name.indexOf(':') + 1), db);
    expect(slot).not.toBe(0);
    expect(memory.isLive(slot, clock.now)).toBe(true);
    expect(memory.isResident(slot)).toBe(entry.value !== null);
    const value = storedValue(memory, slot);
    expect(value === null ? entry.value === null : entry.value?.equals(value)).toBe(true);
    const flags = [ON_DISK, DIRTY, BOUND, MARK]
      .filter((flag) => memory.flag(slot, flag))
      .reduce((sum, flag) => sum | flag, 0);
    expect([
      memory.valueLength(slot),
      memory.typeOf(slot),
      memory.expiresAt(slot),
      memory.tie(slot),
      memory.dbOf(slot),
      flags,
    ]).toEqual([entry.length, entry.type, entry.expiresAt, entry.tie, db, entry.flag]);
  }
  for (const db of [0, 5, 31]) expect(memory.count(db)).toBe(counts.get(db) ?? 0);
}

it('is a Map of entries under any sequence of operations', () => {
  fc.assert(
    fc.property(fc.constantFrom(...POLICY_NAMES), fc.array(step, { maxLength: 150 }), (policy: PolicyName, steps) => {
      const house = newMemory({ policy });
      const model = new Map<string, Modelled>();
      for (const step of steps) {
        // The layer may take what is due at any time; so does the model, before it is asked.
        if (step.op !== 'advance') compareDue(house, model);
        run(house, model, step);
      }
      compare(house, model);
      auditAll();
    }),
    { numRuns: 150, seed: 20 },
  );
});

/** Lets both forget what is due, so that an operation finds the same entries in both. */
function compareDue({ memory, clock }: House, model: Map<string, Modelled>): void {
  while (!memory.expireDue(clock.now, 100));
  for (const [name, entry] of model) if (entry.expiresAt <= clock.now) model.delete(name);
}

it('keeps every one-byte key and its neighbours apart', () => {
  const { memory } = newMemory();
  for (const [i, key] of KEYS.entries()) memory.put(0, bytesOf(key), bytesOf(String(i)), 0);
  for (const [i, key] of KEYS.entries()) {
    const slot = find(memory, key);
    expect(storedValue(memory, slot)?.toString()).toBe(String(i));
    expect(keyOf(memory, slot)).toBe(key);
  }
  expect(memory.count(0)).toBe(KEYS.length);
});

it('keeps the longest key and a value of 64 MiB, and refuses more', () => {
  const { memory } = newMemory();
  const longest = 'k'.repeat(65_536);
  const value = Buffer.alloc(64 << 20, 'larder');
  const slot = memory.put(1, bytesOf(longest), bytesOf(value), 0);
  expect(memory.find(1, bytesOf(longest))).toBe(slot);
  expect(storedValue(memory, slot)?.equals(value)).toBe(true);
  expect(memory.find(1, bytesOf(`${longest}k`))).toBe(0);
  expect(() => memory.put(1, bytesOf(`${longest}k`), bytesOf('v'), 0)).toThrow(RangeError);
  expect(() => memory.put(1, bytesOf('k'), { buf: value, start: -1, end: value.length }, 0)).toThrow(RangeError);
  expect(memory.count(1)).toBe(1);
});

it('holds a hundred thousand entries through growth and removal', () => {
  const { memory } = newMemory();
  const emptyBytes = memory.usedBytes;
  for (let i = 0; i < 100_000; i++) memory.put(i & 3, bytesOf(`key:${i}`), bytesOf(`value:${i}`), 0);
  for (let i = 0; i < 100_000; i += 7)
    expect(storedValue(memory, find(memory, `key:${i}`, i & 3))?.toString()).toBe(`value:${i}`);
  memory.audit();
  for (let i = 0; i < 100_000; i++) memory.remove(find(memory, `key:${i}`, i & 3));
  expect(memory.records.used).toBe(0);
  expect(memory.blocks.usedBytes).toBe(0);
  // What is left is the index, which never shrinks, and the few pages of records kept for reuse.
  expect(memory.usedBytes - emptyBytes).toBeLessThan(100_000 * 8 + 4 * 16_384 * 48);
});
