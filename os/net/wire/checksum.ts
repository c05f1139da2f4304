/** The Internet checksum: RFC 1071, and RFC 8200, section 8.1, for the pseudo-header. */
import type { Address } from './address.ts';

/**
 * Adds the 16-bit words of `bytes` from `start` to `end` to a running sum. An odd byte at the end counts as the high half of
 * a word, so only the last part may be odd. The sum stays exact for up to 2^37 words.
 */
export function sum(bytes: Uint8Array, start: number, end: number, running = 0): number {
  let total = running;
  let at = start;
  const even = end - ((end - start) & 1);
  while (at < even) {
    total += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    at += 2;
  }
  return at < end ? total + ((bytes[at] as number) << 8) : total;
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
