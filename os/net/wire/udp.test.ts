import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emitUdp, parseUdp, udpHeader } from './udp.ts';

it('a UDP header is read as it was written; what comes behind is padding', () => {
  fc.assert(
    fc.property(fc.nat(65_535), fc.nat(65_535), fc.nat(1000), fc.nat(20), (from, to, length, padding) => {
      const bytes = new Uint8Array(3 + udpHeader + length + padding);
      emitUdp(bytes, 3, from, to, length);
      const expected = { sourcePort: from, destinationPort: to, checksum: 0, start: 11, end: 11 + length };
      expect(parseUdp(bytes, 3, bytes.length)).toEqual(expected);
    }),
  );
});

it.each([
  ['shorter than its header', 7, 8],
  ['longer than the packet', 20, 13],
  ['of a length below its header', 20, 7],
])('a UDP datagram %s is none', (_, size, length) => {
  const bytes = new Uint8Array(size);
  if (size >= 6) bytes[5] = length;
  expect(parseUdp(bytes, 0, length === 13 ? 12 : size)).toBeUndefined();
});
