import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { Deque } from '../../src/types/deque';
import { Hash } from '../../src/types/hash';
import { DEFAULT_TYPE_LIMITS } from '../../src/types/limits';
import { isInteger, parseDouble } from '../../src/types/numbers';
import { comesBefore, OrderTree, type Scored } from '../../src/types/order-tree';
import { Table } from '../../src/types/table';

/** A seeded run of numbers, for walks that are longer than what fast-check would draw. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SEEDS = fc.integer({ min: 0, max: 2 ** 31 });

test('a tree keeps the order, ranks and counts of a sorted array', () => {
  fc.assert(
    fc.property(SEEDS, fc.constantFrom(10, 500, 9000), (seed, most) => {
      const next = numbers(seed);
      const tree = new OrderTree();
      const model: Scored[] = [];
      const placeOf = (item: Scored) => {
        const at = model.findIndex((other) => !comesBefore(other, item));
        return at < 0 ? model.length : at;
      };
      for (let step = 0; step < 2 * most; step++) {
        if (step < most ? next(4) > 0 || model.length === 0 : model.length === 0) {
          const item = { member: `m${step}`, score: next(most) };
          model.splice(placeOf(item), 0, item);
          tree.insert(item);
        } else {
          const [item] = model.splice(next(model.length), 1);
          tree.delete(item!);
        }
      }
      tree.audit();
      expect(tree.length).toBe(model.length);
      for (let i = 0; i < 20 && model.length > 0; i++) {
        const rank = next(model.length);
        expect(tree.at(rank)).toBe(model[rank]);
        expect(tree.countBefore((other) => comesBefore(other, model[rank]!))).toBe(rank);
        const count = next(model.length);
        const up: Scored[] = [];
        tree.each(rank, count, false, (item) => up.push(item));
        expect(up).toEqual(model.slice(rank, rank + count));
        const down: Scored[] = [];
        tree.each(rank, count, true, (item) => down.push(item));
        expect(down).toEqual(model.slice(Math.max(0, rank - count + 1), count === 0 ? 0 : rank + 1).reverse());
      }
    }),
    { numRuns: 12 },
  );
}, 30_000);

test('a table finds every name, through splits and deletes', () => {
  const next = numbers(5);
  const table = new Table<number>();
  const model = new Map<string, number>();
  for (let step = 0; step < 60_000; step++) {
    const name = `name ${next(30_000)}`;
    const place = table.placeOf(name);
    expect(place >= 0).toBe(model.has(name));
    if (place < 0) {
      table.add(name, step);
      model.set(name, step);
    } else if (next(2) === 0) {
      table.deleteAt(place);
      model.delete(name);
    }
  }
  expect(table.length).toBe(model.size);
  for (const [name, value] of model) expect(table.valueAt(table.placeOf(name))).toBe(value);
});

test('a scan of a table misses nothing that stays, whatever goes meanwhile', () => {
  fc.assert(
    fc.property(SEEDS, fc.integer({ min: 1, max: 50 }), (seed, count) => {
      const next = numbers(seed);
      const table = new Table<number>();
      for (let i = 0; i < 300; i++) table.add(`n${i}`, i);
      const gone = new Set<string>();
      const seen = new Set<string>();
      let cursor = 0;
      do {
        cursor = table.scan(cursor, count, (name) => seen.add(name));
        const name = `n${next(300)}`;
        if (table.placeOf(name) >= 0) table.deleteAt(table.placeOf(name));
        gone.add(name);
        if (table.placeOf(`new ${cursor}`) < 0) table.add(`new ${cursor}`, 0);
      } while (cursor !== 0);
      for (let i = 0; i < 300; i++) expect(seen.has(`n${i}`) || gone.has(`n${i}`)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a deque is an array', () => {
  fc.assert(
    fc.property(SEEDS, (seed) => {
      const next = numbers(seed);
      const deque = new Deque();
      const model: string[] = [];
      for (let step = 0; step < 3000; step++) {
        const text = String(step);
        const at = next(model.length || 1);
        const act = next(9);
        if (act < 2 || model.length === 0) {
          deque.push(text);
          model.push(text);
        } else if (act < 4) {
          deque.unshift(text);
          model.unshift(text);
        } else if (act === 4) expect(deque.pop()).toBe(model.pop());
        else if (act === 5) expect(deque.shift()).toBe(model.shift());
        else if (act === 6) {
          deque.insert(at, text);
          model.splice(at, 0, text);
        } else if (act === 7) {
          deque.deleteAt(at);
          model.splice(at, 1);
        } else {
          deque.set(at, text);
          model[at] = text;
        }
        expect(deque.length).toBe(model.length);
      }
      const from = next(model.length);
      const up: string[] = [];
      deque.each(from, false, (text) => up.push(text) > 0);
      expect(up).toEqual(model.slice(from));
      const down: string[] = [];
      deque.each(from, true, (text, index) => {
        expect(model[index]).toBe(text);
        return down.push(text) < 100;
      });
      expect(down).toEqual(model.slice(Math.max(0, from - 99), from + 1).reverse());
    }),
    { numRuns: 15 },
  );
});

test('long elements are packed with long lengths', () => {
  const hash = new Hash(DEFAULT_TYPE_LIMITS);
  const long = 'x'.repeat(3000);
  for (const length of [0, 1, 253, 254, 255, 256, 3000])
    hash.set(bytesOf(`f${length}`), bytesOf(long.slice(0, length)));
  expect(hash.packed).not.toBeNull();
  const again = new Hash(DEFAULT_TYPE_LIMITS, hash.packed!).open();
  for (const length of [0, 1, 253, 254, 255, 256, 3000])
    expect(again.get(bytesOf(`f${length}`))).toBe(long.slice(0, length));
  expect(again.encoding).toBe('hashtable');
});

test('numbers are read as C reads them', () => {
  const read = (text: string) => parseDouble(text);
  expect(['1', '-2.5', '+3', '.5', '5.', '1e3', '0x10', '-0x1p2', '0x.8', 'inf', '-Infinity'].map(read)).toEqual([
    ...[1, -2.5, 3, 0.5, 5, 1000, 16, -4, 0.5],
    ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ]);
  expect(['', ' 1', '1 ', 'x', '1x', '.', 'nan', '1e', '0x', '1_0', '--1'].map(read)).toEqual(
    new Array(11).fill(undefined),
  );
  const whole = (text: string) => isInteger(bytesOf(text));
  expect(['0', '-1', '9223372036854775807', '-9223372036854775808'].every(whole)).toBe(true);
  expect(['', '-', '-0', '01', '+1', '1.0', '9223372036854775808', 'x'].some(whole)).toBe(false);
});
