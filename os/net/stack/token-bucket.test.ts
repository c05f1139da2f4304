import { expect, it } from 'vitest';
import { SteppedClock } from '../environment/clock.ts';
import { TokenBucket } from './token-bucket.ts';

it('lets a burst through, then so many a second, and no more after a long rest', () => {
  const clock = new SteppedClock();
  const bucket = new TokenBucket(clock, 100, 50);
  const taken = () => {
    let count = 0;
    while (bucket.take()) count += 1;
    return count;
  };
  expect(taken()).toBe(50);
  clock.advance(100);
  expect(taken()).toBe(10);
  clock.advance(104);
  expect(taken()).toBe(0);
  clock.advance(110);
  expect(taken()).toBe(1);
  clock.advance(3_600_000);
  expect(taken()).toBe(50);
});
