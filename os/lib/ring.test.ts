import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ring } from './ring.ts';

describe('Ring', () => {
  test('keeps the newest entries in order, within both bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 50 })),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 100 }),
        (weights, maxCount, maxWeight) => {
          const ring = new Ring<number>(maxCount, maxWeight, (weight) => weight);
          let dropped = 0;
          for (const weight of weights) dropped += ring.push(weight);
          const kept = ring.newest(Number.POSITIVE_INFINITY);
          expect(kept).toEqual(weights.slice(weights.length - kept.length));
          expect(kept.length + dropped).toBe(weights.length);
          expect(kept.length).toBeLessThanOrEqual(maxCount);
          const total = kept.reduce((sum, weight) => sum + weight, 0);
          expect(kept.length <= 1 || total <= maxWeight).toBe(true);
        },
      ),
    );
  });

  test('gives the newest entries that a reader accepts', () => {
    const ring = new Ring<number>(100, 100, () => 1);
    for (let entry = 1; entry <= 9; entry++) ring.push(entry);
    expect(ring.newest(2, (entry) => entry % 2 === 0)).toEqual([6, 8]);
  });

  test('is empty after it was drained', () => {
    const ring = new Ring<string>(3, 100, (entry) => entry.length);
    ring.push('a');
    ring.push('b');
    expect(ring.drain()).toEqual(['a', 'b']);
    expect(ring.length).toBe(0);
    ring.push('c');
    expect(ring.drain()).toEqual(['c']);
  });
});
