import { ErrorCounts } from '../../src/monitoring/error-counts';
import { fraction } from '../../src/monitoring/fields';
import { humanBytes } from '../../src/monitoring/human';
import { ratingOf } from '../../src/monitoring/rating';

test.each([
  [0, 0, 'none'],
  [0, 10, 'poor'],
  [49, 100, 'poor'],
  [50, 100, 'fair'],
  [69, 100, 'fair'],
  [70, 100, 'good'],
  [90, 100, 'good'],
  [91, 100, 'excellent'],
])('%d hits of %d are %s', (hits, gets, rating) => {
  expect(ratingOf(hits, gets)).toBe(rating);
});

test.each([
  [0, '0B'],
  [1023, '1023B'],
  [1024, '1.00K'],
  [916208, '894.73K'],
  [1385344, '1.32M'],
  [25276502016, '23.54G'],
])('%d bytes are %s, as redis-server says', (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text);
});

test('a share of nothing is 0', () => {
  expect(fraction(0 / 0).value).toBe(0);
  expect(fraction(1 / 0).value).toBe(0);
  expect(fraction(2 / 3).value).toBe(0.6667);
});

test('errors are counted by their first word, of which there are at most 128', () => {
  const errors = new ErrorCounts();
  errors.add('ERR syntax error');
  errors.add('ERR');
  errors.add('OOM command not allowed');
  expect([...errors.byWord]).toEqual([
    ['ERR', 2],
    ['OOM', 1],
  ]);
  for (let i = 0; i < 1000; i++) errors.add(`E${i} x`);
  expect(errors.byWord.size).toBe(129);
  expect(errors.byWord.get('OTHER')).toBe(1000 - 126);
  expect(errors.total).toBe(1003);
  errors.reset();
  expect([errors.total, errors.byWord.size]).toEqual([0, 0]);
});
