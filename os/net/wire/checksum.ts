/** The Internet checksum: RFC 1071, and RFC 8200, section 8.1, for the pseudo-header. */
import type { Address } from './address.ts';

/** Shorter parts are not worth the preparation. Bytes. */
const worthWords = 128;
/** So many 32-bit words can be added, by halves, before a sum leaves 31 bits. */
const wordsAtOnce = 16_384;

/** The words of the memory that was summed last: mostly a link's ring, again and again. */
let words: Int32Array = new Int32Array(0);

/**
 * Adds the 16-bit words of `bytes` from `start` to `end` to a running sum. An odd byte at the end counts as the high half of
 * a word, so only the last part may be odd. The sum stays exact for up to 2^37 words.
 */
export function sum(bytes: Uint8Array, start: number, end: number, running = 0): number {
  if (end - start < worthWords) return running + sumBytes(bytes, start, end, start);
  const { buffer, byteOffset } = bytes;
  if (words.buffer !== buffer) words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
  const first = (byteOffset + start + 3) >> 2;
  const last = (byteOffset + end) >> 2;
  const head = first * 4 - byteOffset;
  const tail = last * 4 - byteOffset;
  const halves = fold(sumWords(words, first, last));
  // RFC 1071, section 2 (B): a sum of swapped words is the swapped sum. Memory is little-endian, on every machine that runs
  // this; where the part begins at an odd address, its words lie the other way round in it.
  const odd = ((byteOffset + start) & 1) === 1;
  const middle = odd ? halves : ((halves & 0xff) << 8) | (halves >> 8);
  return running + sumBytes(bytes, start, head, start) + middle + sumBytes(bytes, tail, end, start);
}

/** The bytes from `from` to `to`: those at an even distance from `start` are high halves. */
function sumBytes(bytes: Uint8Array, from: number, to: number, start: number): number {
  let high = 0;
  let low = 0;
  let at = from;
  if (at < to && ((at - start) & 1) === 1) low += bytes[at++] as number;
  for (; at + 1 < to; at += 2) {
    high += bytes[at] as number;
    low += bytes[at + 1] as number;
  }
  if (at < to) high += bytes[at] as number;
  return high * 256 + low;
}

/** Both halves of each 32-bit word, four words at a time. */
function sumWords(from: Int32Array, first: number, last: number): number {
  let total = 0;
  let at = first;
  while (at < last) {
    const stop = Math.min(last, at + wordsAtOnce);
    let low = 0;
    let high = 0;
    for (; at + 3 < stop; at += 4) {
      const a = from[at] as number;
      const b = from[at + 1] as number;
      const c = from[at + 2] as number;
      const d = from[at + 3] as number;
      low += (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff);
      high += (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16);
    }
    for (; at < stop; at++) {
      const a = from[at] as number;
      low += a & 0xffff;
      high += a >>> 16;
    }
    total += low + high;
  }
  return total;
}

/** The sum folded into 16 bits, one's complement addition. */
export function fold(total: number): number {
  let rest = total;
  while (rest > 0xffff) rest = (rest % 65536) + Math.floor(rest / 65536);
  return rest;
}

/** What goes into a header's checksum field. */
export const checksum = (total: number): number => ~fold(total) & 0xffff;

/** The pseudo-header's part of the sum. `length` is that of the transport header and its payload. */
export function pseudoHeader(source: Address, destination: Address, protocol: number, length: number): number {
  let total = protocol + (length & 0xffff) + (length >>> 16);
  for (let index = 0; index < source.length; index++) {
    total += source.charCodeAt(index) + destination.charCodeAt(index);
  }
  return total;
}
