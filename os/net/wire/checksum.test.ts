import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, addressBytes, parseAddress } from './address.ts';
import { checksum, fold, pseudoHeader, sum } from './checksum.ts';

/** RFC 1071, section 4.1, as it stands there. */
function byTheBook(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at] as number) * 256 + (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 65_536);
  return ~total & 0xffff;
}

describe('the Internet checksum', () => {
  it('is that of the example of RFC 1071, section 3', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(sum(bytes, 0, 8)).toBe(0x2ddf0);
    expect(fold(0x2ddf0)).toBe(0xddf2);
    expect(checksum(0x2ddf0)).toBe(0x220d);
  });

  it('is that of a well-known IPv4 header', () => {
    const header = Uint8Array.from(Buffer.from('450000730000400040110000c0a80001c0a800c7', 'hex'));
    expect(checksum(sum(header, 0, 20))).toBe(0xb861);
  });

  it('is that of the book, whatever the bytes, from any start, in parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(40), fc.nat(1500), (bytes, before, words) => {
        const shifted = new Uint8Array(before + bytes.length);
        shifted.set(bytes, before);
        const end = shifted.length;
        expect(checksum(sum(shifted, before, end))).toBe(byTheBook(bytes));
        const middle = Math.min(end, before + 2 * words);
        expect(checksum(sum(shifted, middle, end, sum(shifted, before, middle)))).toBe(byTheBook(bytes));
      }),
    );
  });

  it('of what holds its own checksum folds to all ones', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 200 }), (bytes) => {
        bytes.set([0, 0]);
        const value = checksum(sum(bytes, 0, bytes.length));
        bytes.set([value >> 8, value & 0xff]);
        expect(fold(sum(bytes, 0, bytes.length))).toBe(0xffff);
      }),
    );
  });

  it('is right for the longest of everything', () => {
    const bytes = new Uint8Array(65_535).fill(0xff);
    expect(checksum(sum(bytes, 0, bytes.length))).toBe(byTheBook(bytes));
    // A sum so far of as many words as can be.
    expect(fold(2 ** 53 - 1)).toBe((2 ** 53 - 1) % 65_535);
  });
});

it.each([
  ['192.0.2.1', '198.51.100.2'],
  ['2001:db8::1', '2001:db8:ffff::2'],
])('the pseudo-header of %s to %s is that of RFC 9293, section 3.1, and RFC 8200, section 8.1', (from, to) => {
  const [source, destination] = [parseAddress(from) as Address, parseAddress(to) as Address];
  const length = 70_000;
  const header = Uint8Array.of(
    ...addressBytes(source),
    ...addressBytes(destination),
    ...[0, length >>> 16, (length >>> 8) & 0xff, length & 0xff],
    ...[0, 0, 0, 6],
  );
  expect(fold(pseudoHeader(source, destination, 6, length))).toBe(fold(sum(header, 0, header.length)));
});
