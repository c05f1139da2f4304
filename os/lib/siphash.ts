/** SipHash-2-4 (Aumasson and Bernstein, 2012), over 32-bit words, and of its result the lower half. */

export type SipKey = readonly [number, number, number, number];

/** The state: four 64-bit words as pairs of low and high halves. Shared, because nothing else runs during a hash. */
const v = new Int32Array(8);

function addTo(a: number, b: number): void {
  const low = ((v[a] as number) >>> 0) + ((v[b] as number) >>> 0);
  v[a] = low;
  v[a + 1] = (v[a + 1] as number) + (v[b + 1] as number) + (low > 0xffffffff ? 1 : 0);
}

function rotateAndXor(a: number, bits: number, b: number): void {
  const low = v[a] as number;
  const high = v[a + 1] as number;
  v[a] = ((low << bits) | (high >>> (32 - bits))) ^ (v[b] as number);
  v[a + 1] = ((high << bits) | (low >>> (32 - bits))) ^ (v[b + 1] as number);
}

function swap(a: number): void {
  const low = v[a] as number;
  v[a] = v[a + 1] as number;
  v[a + 1] = low;
}

function round(): void {
  addTo(0, 2);
  rotateAndXor(2, 13, 0);
  swap(0);
  addTo(4, 6);
  rotateAndXor(6, 16, 4);
  addTo(0, 6);
  rotateAndXor(6, 21, 0);
  addTo(4, 2);
  rotateAndXor(2, 17, 4);
  swap(4);
}

function mix(low: number, high: number): void {
  v[6] = (v[6] as number) ^ low;
  v[7] = (v[7] as number) ^ high;
  round();
  round();
  v[0] = (v[0] as number) ^ low;
  v[1] = (v[1] as number) ^ high;
}

/** The hash of a message of 32-bit little-endian words: its lower 32 bits, unsigned. */
export function sipHash(key: SipKey, words: readonly number[]): number {
  const [k0, k1, k2, k3] = key;
  v[0] = k0 ^ 0x70736575;
  v[1] = k1 ^ 0x736f6d65;
  v[2] = k2 ^ 0x6e646f6d;
  v[3] = k3 ^ 0x646f7261;
  v[4] = k0 ^ 0x6e657261;
  v[5] = k1 ^ 0x6c796765;
  v[6] = k2 ^ 0x79746573;
  v[7] = k3 ^ 0x74656462;
  const pairs = words.length >> 1;
  for (let index = 0; index < pairs; index++) mix(words[2 * index] as number, words[2 * index + 1] as number);
  // The last block: the word left over, if any, and the message's length in bytes.
  const length = ((words.length * 4) & 0xff) << 24;
  mix(words.length % 2 === 1 ? (words[words.length - 1] as number) : 0, length);
  v[4] = (v[4] as number) ^ 0xff;
  for (let index = 0; index < 4; index++) round();
  return ((v[0] as number) ^ (v[2] as number) ^ (v[4] as number) ^ (v[6] as number)) >>> 0;
}
