import fc from 'fast-check';
import { HotKeys } from '../../../src/warming/learning/hot-keys';
import { seededRandom } from '../../support/manual-world';
import { zipf } from '../../support/zipf';

const HOUR = 3_600_000;
const START = 1_700_000_000_000;

function hottest(keys: HotKeys, nowMs: number): { name: string; surely: number }[] {
  return Array.from({ length: keys.size }, (_, item) => ({
    name: keys.nameOf(item),
    surely: keys.surelyOf(item, nowMs),
  })).sort((a, b) => b.surely - a.surely);
}

test('a count is never too low, and too high by at most its error, which is at most all uses / keysMax', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 9 })), { maxLength: 200 }),
      (keysMax, uses) => {
        const keys = new HotKeys(keysMax, 1e12);
        const exact = new Map<string, number>();
        let all = 0;
        for (const [key, count] of uses) {
          keys.add(`k${key}`, count, START);
          exact.set(`k${key}`, (exact.get(`k${key}`) ?? 0) + count);
          all += count;
        }
        expect(keys.size).toBe(Math.min(keysMax, exact.size));
        for (let item = 0; item < keys.size; item++) {
          const name = keys.nameOf(item);
          expect(keys.itemOf(name)).toBe(item);
          const truth = exact.get(name)!;
          expect(keys.countOf(item, START)).toBeGreaterThanOrEqual(truth);
          expect(keys.surelyOf(item, START)).toBeLessThanOrEqual(truth);
          expect(keys.errorOf(item, START)).toBeLessThanOrEqual(all / keysMax);
        }
      },
    ),
  );
});

/** The bounds that DECISIONS states. */
test('of Zipf 0.99 over 100,000 keys, 10,000 places find the hottest, and count them right', () => {
  const keys = new HotKeys(10_000, 1e12);
  const next = zipf(100_000, 0.99, seededRandom(11));
  const exact = new Uint32Array(100_000);
  for (let i = 0; i < 1_000_000; i++) {
    const rank = next();
    exact[rank]!++;
    keys.add(String(rank), 1, START);
  }
  const order = [...exact.keys()].sort((a, b) => exact[b]! - exact[a]!);
  const found = hottest(keys, START).map(({ name }) => Number(name));
  const isThere = new Set(found.slice(0, 1000));
  expect(order.slice(0, 1000).filter((rank) => isThere.has(rank)).length).toBeGreaterThan(985);
  const usesOf = (ranks: number[]) => ranks.slice(0, 5000).reduce((sum, rank) => sum + exact[rank]!, 0);
  expect(usesOf(found) / usesOf(order)).toBeGreaterThan(0.95);
  let error = 0;
  for (const rank of order.slice(0, 1000)) {
    const item = keys.itemOf(String(rank));
    error = Math.max(error, Math.abs(keys.surelyOf(item, START) - exact[rank]!) / exact[rank]!);
  }
  expect(error).toBeLessThan(0.06);
});

test('a use counts half after a half-life, however long ago counting began', () => {
  const keys = new HotKeys(10, HOUR);
  const item = keys.add('old', 8, START);
  keys.add('new', 3, START + 2 * HOUR);
  expect(keys.countOf(item, START + 2 * HOUR)).toBeCloseTo(2);
  expect(hottest(keys, START + 2 * HOUR).map(({ name }) => name)).toEqual(['new', 'old']);
  const later = START + 5000 * HOUR;
  const fresh = keys.add('fresh', 1, later);
  expect(keys.countOf(fresh, later)).toBeCloseTo(1);
  expect(keys.countOf(item, later)).toBe(0);
});

test('a new half-life leaves counts as they are, and holds from then on', () => {
  const keys = new HotKeys(10, HOUR);
  const item = keys.add('k', 8, START);
  keys.setHalfLife(2 * HOUR, START + HOUR);
  expect(keys.countOf(item, START + HOUR)).toBeCloseTo(4);
  expect(keys.countOf(item, START + 3 * HOUR)).toBeCloseTo(2);
});

test('the pace is that of a steady stream', () => {
  const keys = new HotKeys(10, HOUR);
  let item = 0;
  for (let minute = 0; minute < 24 * 60; minute++) item = keys.add('k', 2, START + minute * 60_000);
  const now = START + 24 * HOUR;
  expect(keys.rateOf(item, now) * 60_000).toBeCloseTo(2, 0);
});

test('no place, nothing kept', () => {
  const keys = new HotKeys(0, HOUR);
  expect(keys.add('k', 1, START)).toBe(-1);
  expect(keys.size).toBe(0);
});
