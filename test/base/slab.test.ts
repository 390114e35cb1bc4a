import fc from 'fast-check';
import { CHAIN, HASH, HashIndex } from '../../src/base/offheap/hash-index';
import { SLOTS_PER_PAGE, Slab } from '../../src/base/offheap/slab';

describe('a slab', () => {
  it('hands out zeroed records, each slot once, and reuses what was freed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 300 }), (choices) => {
        const slab = new Slab(4);
        const live = new Map<number, number>();
        for (const choice of choices) {
          const slots = [...live.keys()];
          if (choice % 3 === 0 && slots.length > 0) {
            const slot = slots[choice % slots.length]!;
            slab.free(slot);
            live.delete(slot);
          } else {
            const slot = slab.allocate();
            expect(live.has(slot)).toBe(false);
            expect([0, 1, 2, 3].map((word) => slab.get(slot, word))).toEqual([0, 0, 0, 0]);
            for (const word of [0, 1, 2, 3]) slab.set(slot, word, choice | 0);
            live.set(slot, choice | 0);
          }
        }
        for (const [slot, mark] of live) for (const word of [0, 1, 2, 3]) expect(slab.get(slot, word)).toBe(mark);
        expect(slab.used).toBe(live.size);
        expect(slab.countFree()).toBe(slab.bytesHeld / 16 - live.size);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('fills the lowest page first and gives back pages that ran empty', () => {
    const slab = new Slab(2);
    const slots = Array.from({ length: 8 * SLOTS_PER_PAGE }, () => slab.allocate());
    expect(slab.pages.length).toBe(9);
    const heldBytes = slab.bytesHeld;
    slab.free(slots[5]!);
    slab.free(slots[3 * SLOTS_PER_PAGE]!);
    expect(slab.allocate()).toBe(slots[5]);
    for (const slot of slots.slice(SLOTS_PER_PAGE))
      if (slab.get(slot, 1) === 0 && slot !== slots[3 * SLOTS_PER_PAGE]) slab.free(slot);
    expect(slab.bytesHeld).toBeLessThan(heldBytes / 2);
    expect(slab.bytesReserved).toBeLessThan(5 * SLOTS_PER_PAGE * 8);
    // Given-back pages serve again.
    const again = Array.from({ length: 7 * SLOTS_PER_PAGE }, () => slab.allocate());
    expect(new Set(again).size).toBe(again.length);
    expect(again.every((slot) => slab.get(slot, 1) === 0)).toBe(true);
    expect(slab.top).toBe(8 * SLOTS_PER_PAGE);
  });

  it('keeps floats beside words', () => {
    const slab = new Slab(4);
    const slot = slab.allocate();
    slab.setFloat(slot, 2, Number.POSITIVE_INFINITY);
    slab.set(slot, 1, -5);
    expect([slab.getFloat(slot, 2), slab.get(slot, 1)]).toEqual([Number.POSITIVE_INFINITY, -5]);
    expect(() => new Slab(3)).toThrow(RangeError);
  });
});

describe('a hash index', () => {
  const KEY = 2;
  const find = (slab: Slab, index: HashIndex, hash: number, key: number) => {
    let slot = index.first(hash);
    while (slot !== 0 && (slab.get(slot, HASH) !== hash || slab.get(slot, KEY) !== key)) slot = slab.get(slot, CHAIN);
    return slot;
  };

  it('finds what is in, and only that, however badly the hashes fall', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3), fc.nat(40)), { maxLength: 300 }),
        fc.constantFrom(1, 1 << 10, 1 << 30),
        (steps, spread) => {
          const slab = new Slab(4);
          const index = new HashIndex(slab);
          const model = new Map<number, number>();
          for (const [op, key] of steps) {
            const hash = Math.imul(key % 5, spread);
            const slot = find(slab, index, hash, key);
            expect(slot).toBe(model.get(key) ?? 0);
            if (op === 0 && slot !== 0) {
              index.remove(hash, slot);
              slab.free(slot);
              model.delete(key);
            } else if (slot === 0) {
              const fresh = slab.allocate();
              slab.set(fresh, HASH, hash);
              slab.set(fresh, KEY, key);
              index.insert(hash, fresh);
              model.set(key, fresh);
            }
          }
          expect(index.size).toBe(model.size);
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });

  it('splits buckets one by one and keeps every record in its own', () => {
    const slab = new Slab(4);
    const index = new HashIndex(slab);
    for (let key = 0; key < 20_000; key++) {
      const slot = slab.allocate();
      const hash = Math.imul(key, 0x9e3779b1);
      slab.set(slot, HASH, hash);
      slab.set(slot, KEY, key);
      index.insert(hash, slot);
    }
    let seen = 0;
    index.each((_slot, inPlace) => {
      expect(inPlace).toBe(true);
      seen++;
    });
    expect(seen).toBe(20_000);
    for (let key = 0; key < 20_000; key += 13) expect(find(slab, index, Math.imul(key, 0x9e3779b1), key)).toBe(key + 1);
  });
});
