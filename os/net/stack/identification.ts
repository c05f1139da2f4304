/** Identifications of packets that may be cut: RFC 791, section 3.1, and RFC 8200, section 4.5. */
import type { Random } from '../environment/random.ts';
import type { Address } from '../wire/address.ts';

/** Counters; destinations share them, but nobody knows which. */
const buckets = 1024;

/**
 * A counter for each destination, begun anywhere: RFC 7739, section 5.3. One for all would tell everybody how much this host
 * says to others (idle scans), and random numbers would meet those of fragments that are still on their way.
 */
export class Identifications {
  readonly #random: Random;
  readonly #key: number;
  readonly #counters: Uint32Array;

  constructor(random: Random) {
    this.#random = random;
    this.#key = random.uint32();
    this.#counters = Uint32Array.from({ length: buckets }, () => random.uint32());
  }

  /** The next one towards `destination`: 32 bits. */
  next(destination: Address): number {
    let hash = this.#key;
    for (let index = 0; index < destination.length; index++) {
      hash = Math.imul(hash ^ destination.charCodeAt(index), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const bucket = (hash >>> 0) % buckets;
    const value = ((this.#counters[bucket] as number) + 1 + (this.#random.uint32() & 7)) >>> 0;
    this.#counters[bucket] = value;
    return value;
  }
}
