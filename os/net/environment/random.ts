/** Unpredictable numbers for the protocol cores: the system's in the daemon, a seeded series in tests. */
export interface Random {
  /** A whole number from 0 to 2^32 − 1. */
  uint32(): number;
  bytes(length: number): Uint8Array;
}

/** A whole number from 0 to `bound` − 1; the bias is below `bound` / 2^32. */
export const below = (random: Random, bound: number): number => Math.floor((random.uint32() / 2 ** 32) * bound);

/** A fraction from `low` up to, but without, `high`. */
export const between = (random: Random, low: number, high: number): number =>
  low + (random.uint32() / 2 ** 32) * (high - low);

/** The same series for the same seed (SplitMix32). Not for secrets. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.uint32() & 0xff);
  }
}
