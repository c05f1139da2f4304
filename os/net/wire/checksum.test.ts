import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, addressBytes, parseAddress } from './address.ts';
import { checksum, fold, pseudoHeader, sum } from './checksum.ts';

/** As RFC 1071, section 4.1, has it. */
function plain(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  for (let at = start; at < end; at += 2) {
    total += ((bytes[at] as number) << 8) | (at + 1 < end ? (bytes[at + 1] as number) : 0);
  }
  return total;
}

describe('the Internet checksum', () => {
  it('is that of the example in RFC 1071, section 3', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(fold(sum(bytes, 0, 8))).toBe(0xddf2);
    expect(checksum(sum(bytes, 0, 8))).toBe(0x220d);
  });

  it('is the same however the bytes lie in memory, and in parts', () => {
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 700 });
    fc.assert(
      fc.property(bytes, fc.nat(9), fc.nat(9), fc.nat(700), (content, before, after, cut) => {
        const memory = new Uint8Array(content.length + before + after + 3).fill(0xff);
        const view = memory.subarray(3);
        view.set(content, before);
        const end = before + content.length;
        expect(fold(sum(view, before, end))).toBe(fold(plain(content, 0, content.length)));
        const middle = before + Math.min(content.length, cut & ~1);
        expect(fold(sum(view, middle, end, sum(view, before, middle)))).toBe(fold(plain(content, 0, content.length)));
      }),
      { numRuns: 2000 },
    );
  });

  it('does not overflow on a long train of the largest words', () => {
    const bytes = new Uint8Array(200_000).fill(0xff);
    expect(fold(sum(bytes, 0, bytes.length))).toBe(0xffff);
    bytes[199_999] = 0xfe;
    expect(fold(sum(bytes, 0, bytes.length))).toBe(0xfffe);
  });

  it('is that of a well-known IPv4 header', () => {
    const header = Uint8Array.from(Buffer.from('450000730000400040110000c0a80001c0a800c7', 'hex'));
    expect(checksum(sum(header, 0, 20))).toBe(0xb861);
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
