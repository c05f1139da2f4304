import { randomBytes, randomFillSync } from 'node:crypto';
import type { Random } from '../net/environment/random.ts';

const pool = new Uint32Array(256);
let next = pool.length;

/** The system's random numbers. */
export const systemRandom: Random = {
  uint32() {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const value = pool[next] as number;
    // One that was given is not kept.
    pool[next++] = 0;
    return value;
  },
  bytes: (length) => Uint8Array.from(randomBytes(length)),
};
