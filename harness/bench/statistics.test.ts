import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, summarise } from './statistics.ts';

test('the median is the middle one, or between the two middle ones', () => {
  expect(median([3])).toBe(3);
  expect(median([9, 1, 2])).toBe(2);
  expect(median([4, 1, 100, 2])).toBe(3);
  expect(() => median([])).toThrow(RangeError);
});

test('half of the samples are not above the median and half are not below, in whatever order they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (samples) => {
      const middle = median(samples);
      expect(samples.filter((one) => one <= middle).length * 2).toBeGreaterThanOrEqual(samples.length);
      expect(samples.filter((one) => one >= middle).length * 2).toBeGreaterThanOrEqual(samples.length);
      expect(median(samples.toReversed())).toBe(middle);
    }),
  );
});

test('a summary keeps the extremes', () => {
  expect(summarise([2, 7, 3, 90, 1])).toEqual({ value: 3, runs: 5, min: 1, max: 90 });
});
