import { Capacity } from '../../../src/engine/filling/capacity';

/** So many calls in each of these seconds, each of so many ms. */
function seconds(capacity: Capacity, from: number, count: number, calls: number, tookMs: number): number {
  for (let second = from; second < from + count; second++)
    for (let call = 0; call < calls; call++) capacity.answered(second * 1000 + (call * 1000) / calls, tookMs);
  return from + count;
}

test('what is answered at the usual speed is the capacity, and a slow second takes a tenth of it, for a while', () => {
  const capacity = new Capacity();
  let now = seconds(capacity, 1, 5, 200, 20);
  expect(capacity.perSecond).toBe(200);
  // Little is asked, and that slowly: something else makes it slow.
  now = seconds(capacity, now, 2, 10, 100);
  expect(capacity.perSecond).toBeGreaterThan(150);
  expect(capacity.perSecond).toBeLessThan(200);
  now = seconds(capacity, now, 10, 10, 20);
  expect(capacity.perSecond).toBe(200);
  seconds(capacity, now, 30, 100, 100);
  expect(capacity.perSecond).toBeLessThan(20);
});

test('what an earlier process saw holds until it is seen to be less, and not where something is known', () => {
  const capacity = new Capacity();
  capacity.resume(500, 20);
  let now = seconds(capacity, 1, 10, 50, 20);
  expect(capacity.perSecond).toBe(500);
  now = seconds(capacity, now, 30, 50, 100);
  expect(capacity.perSecond).toBeLessThan(50);
  capacity.resume(500, 20);
  expect(capacity.perSecond).toBeLessThan(50);
});
