import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from './address.ts';
import { type ArpMessage, arpLength, emitArp, parseArp } from './arp.ts';
import { type MacAddress, parseMac } from './mac.ts';

const message: ArpMessage = {
  operation: 'reply',
  senderMac: parseMac('02:00:00:00:00:01') as MacAddress,
  senderAddress: parseAddress('192.0.2.1') as Address,
  targetMac: parseMac('02:00:00:00:00:02') as MacAddress,
  targetAddress: parseAddress('192.0.2.2') as Address,
};
const bytes = Uint8Array.from(Buffer.from('0001080006040002020000000001c0000201020000000002c0000202', 'hex'));

describe('ARP', () => {
  it('is written as RFC 826 draws it, and read', () => {
    const written = new Uint8Array(arpLength);
    emitArp(written, 0, message);
    expect(written).toEqual(bytes);
    expect(parseArp(bytes, 0, arpLength)).toEqual(message);
    written[7] = 1;
    expect(parseArp(written, 0, arpLength)?.operation).toBe('request');
  });

  it.each<[string, number, number]>([
    ['hardware', 1, 6],
    ['protocol', 2, 0x86],
    ['hardware length', 4, 8],
    ['protocol length', 5, 16],
    ['operation', 7, 3],
  ])('of another %s is none', (_, at, value) => {
    const other = bytes.slice();
    other[at] = value;
    expect(parseArp(other, 0, arpLength)).toBeUndefined();
  });

  it('reads only what is there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(40), (any, start, end) => {
        const found = parseArp(any, start, Math.min(end, any.length));
        expect(found === undefined || end - start >= arpLength).toBe(true);
      }),
    );
    expect(parseArp(bytes, 0, arpLength - 1)).toBeUndefined();
  });
});
