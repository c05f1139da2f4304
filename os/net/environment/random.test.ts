import { expect, it } from 'vitest';
import { below, between, SeededRandom } from './random.ts';

it('the same seed gives the same series, another seed another', () => {
  const series = (seed: number) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 100 }, () => random.uint32());
  };
  expect(series(7)).toEqual(series(7));
  expect(series(7)).not.toEqual(series(8));
  expect(new Set(series(0)).size).toBe(100);
});

it('numbers are within their bounds, and all of them occur', () => {
  const random = new SeededRandom(1);
  const drawn = Array.from({ length: 10_000 }, () => below(random, 6));
  expect([...new Set(drawn)].toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  for (const each of [0, 1, 2, 3, 4, 5]) {
    const share = drawn.filter((value) => value === each).length / drawn.length;
    expect(Math.abs(share - 1 / 6)).toBeLessThan(0.02);
  }
  const highest = { uint32: () => 2 ** 32 - 1, bytes: () => new Uint8Array(0) };
  expect(below(highest, 2 ** 32)).toBe(2 ** 32 - 1);
  expect(below(highest, 1)).toBe(0);
  expect(between(highest, 0.9, 1.1)).toBeLessThan(1.1);
  expect(between({ ...highest, uint32: () => 0 }, 0.9, 1.1)).toBe(0.9);
});

it('bytes are as many as asked for', () => {
  const random = new SeededRandom(1);
  expect(random.bytes(0)).toHaveLength(0);
  expect(new Set(random.bytes(4096)).size).toBe(256);
});
