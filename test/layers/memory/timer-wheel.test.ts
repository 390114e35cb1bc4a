import fc from 'fast-check';
import { Slab } from '../../../src/base/offheap/slab';
import { ENTRY_WORDS, EXPIRES } from '../../../src/layers/memory/record';
import { TimerWheel } from '../../../src/layers/memory/timer-wheel';

const START = 1_700_000_000_000;

/** A wheel, and beside it a plain list of what should expire when. */
class Timers {
  readonly records = new Slab(ENTRY_WORDS);
  readonly expected = new Map<number, number>();
  readonly expired: number[] = [];
  readonly wheel = new TimerWheel(this.records, START, (slot) => {
    this.expired.push(slot);
    this.remove(slot);
  });

  set(slot: number, at: number): void {
    this.records.setFloat(slot, EXPIRES, at);
    this.wheel.schedule(slot);
    this.expected.set(slot, at);
  }

  add(at: number): number {
    const slot = this.records.allocate();
    this.set(slot, at);
    return slot;
  }

  remove(slot: number): void {
    this.wheel.cancel(slot);
    this.records.free(slot);
    this.expected.delete(slot);
  }

  audit(): void {
    let count = 0;
    this.wheel.audit((slot) => {
      expect(this.expected.has(slot)).toBe(true);
      count++;
    });
    expect(count).toBe(this.expected.size);
  }
}

const distance = fc.oneof(
  fc.integer({ min: -5, max: 600 }),
  fc.nat(70_000),
  fc.nat(20_000_000),
  fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 33 + 5, 2 ** 40, 2 ** 48 + 1, Number.MAX_SAFE_INTEGER, 1e300),
  fc.double({ min: 0, max: 500, noNaN: true }),
);

it('expires exactly what is due, whatever comes, goes and moves, and however far time jumps', () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant('add' as const), distance }),
    fc.record({ op: fc.constant('move' as const), distance, pick: fc.nat() }),
    fc.record({ op: fc.constant('cancel' as const), pick: fc.nat() }),
    fc.record({
      op: fc.constant('advance' as const),
      by: fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(2 ** 31), fc.constant(2 ** 34)),
      budget: fc.oneof(fc.nat(3), fc.constant(1e6)),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const timers = new Timers();
      let now = START;
      for (const step of steps) {
        const slots = [...timers.expected.keys()];
        if (step.op === 'add') timers.add(now + step.distance);
        else if (step.op === 'advance') {
          now += step.by;
          const before = new Map(timers.expected);
          timers.expired.length = 0;
          const caughtUp = timers.wheel.advance(now, step.budget);
          for (const slot of timers.expired) expect(before.get(slot)).toBeLessThanOrEqual(now);
          expect(timers.expired.length).toBeLessThanOrEqual(step.budget);
          const due = [...timers.expected.values()].filter((at) => at <= now).length;
          if (caughtUp) expect(due).toBe(0);
          else expect(step.budget).toBeLessThan(1e6);
        } else if (slots.length > 0) {
          const slot = slots[step.pick % slots.length]!;
          if (step.op === 'cancel') timers.remove(slot);
          else timers.set(slot, now + step.distance);
        }
      }
      const next = Math.min(...[...timers.expected.values()].map(Math.ceil)); // Infinity without any
      expect(timers.wheel.nextDueMs()).toBeLessThanOrEqual(Math.max(now, next));
      timers.audit();
    }),
    { numRuns: 300, seed: 5 },
  );
});

it('expires in the order of time when it goes millisecond by millisecond', () => {
  const timers = new Timers();
  for (let i = 0; i < 2000; i++) timers.add(START + ((i * 7919) % 70_000));
  const at = new Map(timers.expected);
  for (let now = START; now <= START + 70_000; now++) {
    const before = timers.expired.length;
    const caughtUp = timers.wheel.advance(now, 1e6);
    const onTime = timers.expired.slice(before).every((slot) => at.get(slot) === now);
    if (!caughtUp || !onTime) throw new Error(`late or early at ${now - START}`);
  }
  expect(timers.expired.length).toBe(2000);
  expect(timers.wheel.size).toBe(0);
  expect(timers.wheel.bytesUsed).toBe(0);
  expect(timers.wheel.nextDueMs()).toBe(Number.POSITIVE_INFINITY);
});

it('takes a crowd of one millisecond in slices', () => {
  const timers = new Timers();
  for (let i = 0; i < 10_000; i++) timers.add(START + 5_000_000);
  let slices = 0;
  for (; !timers.wheel.advance(START + 5_000_000, 256); slices++) {
    const before = timers.expired.length;
    // New timers may come between slices, due or not.
    if (slices < 20) timers.add(START + 5_000_000 + slices);
    expect(timers.expired.length - before).toBeLessThanOrEqual(256);
  }
  expect(slices).toBeGreaterThan(10_000 / 256);
  expect(timers.expected.size).toBe(19);
  timers.audit();
});

it('jumps over a hundred years at once', () => {
  const timers = new Timers();
  timers.add(START + 100 * 365 * 86_400_000);
  expect(timers.wheel.advance(START + 100 * 365 * 86_400_000 - 1, 1000)).toBe(true);
  expect(timers.expired.length).toBe(0);
  timers.wheel.advance(START + 100 * 365 * 86_400_000, 1000);
  expect(timers.expired.length).toBe(1);
});
