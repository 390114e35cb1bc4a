import { AskedAgain } from '../../src/monitoring/measuring/asked-again';
import { seededRandom } from '../support/manual-world';

const OWNER = 3;

function askedOf(table: AskedAgain, hash: number, second: number): number {
  let sum = 0;
  table.asked(hash, second, (owner, weight) => {
    expect(owner).toBe(OWNER);
    sum += weight;
  });
  return sum;
}

test('counts each eviction once, and only within ten minutes', () => {
  const table = new AskedAgain();
  table.evicted(-1, OWNER, 100);
  table.evicted(7, OWNER, 100);
  expect(askedOf(table, 8, 101)).toBe(0);
  expect(askedOf(table, 7, 701)).toBe(0);
  expect(askedOf(table, -1, 700)).toBe(1);
  expect(askedOf(table, -1, 700)).toBe(0);
});

test('a slot that means something else is forgotten', () => {
  const table = new AskedAgain();
  table.evicted(7, OWNER, 100);
  table.forget(OWNER);
  expect(askedOf(table, 7, 101)).toBe(0);
});

test('of very many evictions a sample is remembered, whose weights add up', () => {
  const seed = 11;
  const random = seededRandom(seed);
  const table = new AskedAgain();
  const evicted = 1_000_000;
  const asked: number[] = [];
  for (let i = 0; i < evicted; i++) {
    const hash = Math.floor(random() * 2 ** 32) | 0;
    if (i % 4 === 0) asked.push(hash);
    table.evicted(hash, OWNER, 1 + Math.floor(i / 10_000));
  }
  expect(table.level).toBeGreaterThan(0);
  const bytes = table.memoryBytes;
  const sum = asked.reduce((total, hash) => total + askedOf(table, hash, 101), 0);
  // About 4,000 of the quarter are in the sample: five standard deviations are 8 %.
  expect({ seed, isNear: Math.abs(sum / asked.length - 1) < 0.08, sum }).toMatchObject({ isNear: true });
  expect(table.memoryBytes).toBe(bytes);
  table.tidy(10_000);
  expect(askedOf(table, asked[0]!, 10_000)).toBe(0);
});
