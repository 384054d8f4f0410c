import { expect, test } from 'vitest';
import { median, p99, quantile } from '../../bench/log/statistics.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => count - index);

test('a quantile is the smallest value that so large a share does not exceed', () => {
  expect([0, 0.5, 0.9, 0.99, 1].map((share) => quantile(upTo(100), share))).toEqual([1, 50, 90, 99, 100]);
  expect([0.5, 0.99].map((share) => quantile([7, 3, 5], share))).toEqual([5, 7]);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(quantile([], 0.5)).toBeNull();
});

test('the 99th percentile of fewer than a hundred values is not told', () => {
  expect(p99(upTo(99))).toBeNull();
  expect(p99(upTo(200))).toBe(198);
});

test('the median is the same as the quantile of a half', () => {
  expect([median([2, 9, 4]), median([2, 9, 4, 5])]).toEqual([4, 4]);
  expect(median([])).toBeNaN();
});
