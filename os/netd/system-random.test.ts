import { expect, it } from 'vitest';
import { systemRandom } from './system-random.ts';

it('gives numbers of all sizes, and never the same bytes twice', () => {
  const numbers = Array.from({ length: 5000 }, () => systemRandom.uint32());
  expect(new Set(numbers).size).toBeGreaterThan(4990);
  expect(numbers.filter((number) => number > 0x7fffffff).length).toBeGreaterThan(2000);
  expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 0xffffffff)).toBe(true);
  expect(systemRandom.bytes(16)).not.toEqual(systemRandom.bytes(16));
});
