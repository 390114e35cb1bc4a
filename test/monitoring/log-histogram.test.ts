import fc from 'fast-check';
import { BUCKETS, bucketOf, LogHistogram, middleOf } from '../../src/monitoring/measuring/log-histogram';

const ERROR_MAX = 0.02;
/** Values of all sizes alike. */
const units = fc.double({ min: 0, max: 31.9, noNaN: true }).map((log) => Math.floor(2 ** log));

/** The exact value that this share of all is not above. */
function exact(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
}

function within(measured: number, value: number): boolean {
  return Math.abs(measured - value) <= Math.max(0.5, value * ERROR_MAX);
}

test('every bucket holds what is near its middle, in order', () => {
  for (let bucket = 1; bucket < BUCKETS; bucket++) expect(middleOf(bucket)).toBeGreaterThan(middleOf(bucket - 1));
  expect(bucketOf(2 ** 32 - 1)).toBe(BUCKETS - 1);
  fc.assert(fc.property(units, (value) => within(middleOf(bucketOf(value)), value)));
});

test('quantiles are within 2 % of the exact ones', () => {
  const shares = [0.01, 0.5, 0.95, 0.99, 1];
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 300 }), (values) => {
      const histogram = new LogHistogram();
      for (const value of values) histogram.add(value);
      expect(histogram.count).toBe(values.length);
      expect(histogram.sum).toBe(values.reduce((sum, value) => sum + value, 0));
      for (const share of shares) expect(within(histogram.quantile(share), exact(values, share))).toBe(true);
    }),
  );
});

test('merging is the same as adding to one', () => {
  const values = fc.array(units, { maxLength: 50 });
  fc.assert(
    fc.property(values, values, (ours, theirs) => {
      const [a, b, both] = [new LogHistogram(), new LogHistogram(), new LogHistogram()];
      for (const value of ours) for (const into of [a, both]) into.add(value, 3);
      for (const value of theirs) for (const into of [b, both]) into.add(value);
      a.merge(b);
      expect(a.counts).toEqual(both.counts);
      expect(a.sum).toBe(both.sum);
    }),
  );
});

test('what does not fit is cut, and nothing measured is 0', () => {
  const histogram = new LogHistogram();
  expect(histogram.percentiles()).toEqual({ count: 0, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 });
  histogram.addMs(1e12);
  expect(histogram.percentiles().maxMs / 134_000).toBeCloseTo(1, 1);
  histogram.reset();
  histogram.addMs(-5);
  histogram.addMs(Number.NaN);
  expect(histogram.percentiles()).toMatchObject({ count: 2, maxMs: 0 });
});
