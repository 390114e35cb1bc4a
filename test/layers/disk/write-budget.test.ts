import { WriteBudget } from '../../../src/layers/disk/write-budget';

const LIMITS = { rowsPerSecondMax: 40_000, rowsPerSecondMin: 1_000, bytesPerSecondMax: 8_000_000 };

/** Rows and bytes allowed over a second of ticks, all of them used. */
function second(budget: WriteBudget, tickMs: number, from = 0): { rows: number; bytes: number } {
  const sum = { rows: 0, bytes: 0 };
  budget.allow(from, 0);
  for (let at = from + tickMs; at <= from + 1000; at += tickMs) {
    const { rows, bytes } = budget.allow(at, 1_000_000);
    budget.spent(rows, bytes);
    sum.rows += rows;
    sum.bytes += bytes;
  }
  return sum;
}

test.each([1, 10, 100])('while the loop is idle the most is allowed, at ticks of %d ms', (tickMs) => {
  const { rows, bytes } = second(new WriteBudget(LIMITS), tickMs);
  expect(rows).toBe(40_000);
  expect(bytes).toBe(8_000_000);
});

test('when it is saturated the least, at once; bytes in proportion', () => {
  const budget = new WriteBudget(LIMITS);
  budget.sample(1);
  const { rows, bytes } = second(budget, 5);
  expect(rows).toBeGreaterThanOrEqual(999);
  expect(rows).toBeLessThanOrEqual(1000);
  expect(bytes).toBeLessThanOrEqual(200_000);
});

test('in between, the busier the less', () => {
  const rates = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1].map((utilization) => {
    const budget = new WriteBudget(LIMITS);
    budget.sample(utilization);
    return Math.round(budget.rate);
  });
  expect(rates).toEqual([...rates].sort((a, b) => b - a));
  expect([rates[0], rates[1], rates.at(-2), rates.at(-1)]).toEqual([40_000, 40_000, 1000, 1000]);
  expect(new Set(rates).size).toBe(6);
});

test('it falls at once and rises step by step', () => {
  const budget = new WriteBudget(LIMITS);
  budget.sample(1);
  expect(budget.rate).toBe(1000);
  budget.sample(0);
  expect(budget.rate).toBe(1250);
  for (let i = 0; i < 20; i++) budget.sample(0);
  expect(budget.rate).toBe(40_000);
});

test('no more than waits; what is not used does not pile up; a large row is paid back', () => {
  const budget = new WriteBudget(LIMITS);
  budget.allow(0, 0);
  expect(budget.allow(50, 7).rows).toBe(7);
  expect(budget.allow(60_000, 1_000_000)).toEqual({ rows: 4000, bytes: 800_000 });
  budget.spent(1, 4_800_000);
  expect(budget.allow(60_100, 10).bytes).toBe(0);
  expect(budget.allow(60_600, 10).bytes).toBeGreaterThan(0);
});
