import { openSync, readSync } from 'node:fs';
import type { Random } from '../net/environment/random.ts';

// Read from the kernel: node:crypto takes a fifth of this daemon's loading time.
const pool = new Uint32Array(1024);
const bytes = new Uint8Array(pool.buffer);
let next = pool.length;
let device: number | undefined;

function fill(into: Uint8Array): void {
  device ??= openSync('/dev/urandom', 'r');
  for (let at = 0; at < into.length; ) at += readSync(device, into, at, into.length - at, null);
}

/** The system's random numbers. */
export const systemRandom: Random = {
  uint32() {
    if (next === pool.length) {
      fill(bytes);
      next = 0;
    }
    const value = pool[next] as number;
    // One that was given is not kept.
    pool[next++] = 0;
    return value;
  },
  bytes(length) {
    const result = new Uint8Array(length);
    fill(result);
    return result;
  },
};
