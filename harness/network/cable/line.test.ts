import { expect, test } from 'vitest';
import { type Conditions, Line, seeded } from './line.ts';

const fates = (conditions: Conditions, count = 10_000) => {
  const line = new Line(conditions, seeded(1));
  return Array.from({ length: count }, (_, at) => line.fate(1000, at));
};

test('a perfect cable delivers everything once, at once', () => {
  expect(fates({}).every((arrivals) => arrivals.length === 1 && arrivals[0]?.after === 0)).toBe(true);
});

test('the asked part gets lost, comes twice, or is damaged within its length', () => {
  const all = fates({ loss: 0.1, duplication: 0.2, corruption: 0.3 });
  const share = (of: (arrivals: (typeof all)[number]) => boolean) => all.filter(of).length / all.length;
  expect(share(({ length }) => length === 0)).toBeCloseTo(0.1, 1);
  expect(share(({ length }) => length === 2)).toBeCloseTo(0.18, 1);
  const arrivals = all.flat();
  const flipped = arrivals.flatMap(({ flipped: bit }) => (bit === undefined ? [] : [bit]));
  expect(flipped.length / arrivals.length).toBeCloseTo(0.3, 1);
  expect(Math.max(...flipped)).toBeLessThan(8000);
});

test('delay and jitter add up', () => {
  const times = fates({ delay: 20, jitter: 5 }).flatMap((arrivals) => arrivals.map(({ after }) => after));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...times)).toBeLessThan(25);
  expect(Math.max(...times)).toBeGreaterThan(24);
});

test('a slow cable lets frames wait, and drops what does not fit into its queue', () => {
  // A megabit a second: a frame of 1000 bytes takes 8 ms.
  const line = new Line({ rate: 1_000_000, queue: 3000 }, seeded(1));
  const after = () => line.fate(1000, 0).map((arrival) => arrival.after);
  expect([after(), after(), after(), after()]).toEqual([[8], [16], [24], []]);
  expect(line.fate(1000, 100)).toEqual([{ after: 8 }]);
});
