import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from './address.ts';
import { put16 } from './bytes.ts';
import { checksum, sum } from './checksum.ts';
import { emitIpv4, type Ipv4Fields, ipv4Header, parseIpv4 } from './ipv4.ts';

const fields: Ipv4Fields = {
  source: parseAddress('192.168.0.1') as Address,
  destination: parseAddress('192.168.0.199') as Address,
  protocol: 17,
  hopLimit: 64,
  identification: 0,
  dontFragment: true,
  payloadLength: 95,
};

/** A packet with these options in its header. */
function withOptions(...options: number[]): Uint8Array {
  const header = ipv4Header + Math.ceil(options.length / 4) * 4;
  const packet = new Uint8Array(header + 8);
  emitIpv4(packet, 0, { ...fields, payloadLength: header - ipv4Header + 8 });
  packet[0] = 0x40 | (header / 4);
  packet.set(options, ipv4Header);
  return sealed(packet, header);
}

function sealed(packet: Uint8Array, header: number): Uint8Array {
  put16(packet, 10, 0);
  put16(packet, 10, checksum(sum(packet, 0, header)));
  return packet;
}

describe('an IPv4 header', () => {
  it('is written as others write it', () => {
    const bytes = new Uint8Array(ipv4Header);
    emitIpv4(bytes, 0, fields);
    expect(Buffer.from(bytes).toString('hex')).toBe('450000730000400040' + '11b861c0a80001c0a800c7');
  });

  it('is read as it was written', () => {
    const flags = fc.record({ dontFragment: fc.boolean(), moreFragments: fc.boolean() });
    const numbers = fc.record({
      protocol: fc.nat(255),
      hopLimit: fc.nat(255),
      identification: fc.nat(65_535),
      fragmentOffset: fc.nat(8191).map((value) => value * 8),
      payloadLength: fc.nat(200),
    });
    fc.assert(
      fc.property(flags, numbers, fc.nat(20), (some, more, before) => {
        const given = { ...fields, ...some, ...more };
        const bytes = new Uint8Array(before + ipv4Header + given.payloadLength + 9);
        emitIpv4(bytes, before, given);
        const { payloadLength, ...rest } = given;
        const start = before + ipv4Header;
        // What comes behind is padding.
        expect(parseIpv4(bytes, before, bytes.length)).toEqual({ ...rest, start, end: start + payloadLength });
      }),
    );
  });

  it.each<[string, (packet: Uint8Array) => void]>([
    ['another version', (packet) => packet.fill(0x65, 0, 1)],
    ['less than a header', (packet) => packet.fill(0x44, 0, 1)],
    ['a header longer than the packet', (packet) => packet.fill(0x4f, 0, 1)],
    ['a length shorter than its header', (packet) => packet.set([0, 19], 2)],
    ['a length longer than the frame', (packet) => packet.set([0, 29], 2)],
  ])('with %s is none', (_, spoil) => {
    const packet = new Uint8Array(28);
    emitIpv4(packet, 0, { ...fields, payloadLength: 8 });
    spoil(packet);
    expect(parseIpv4(sealed(packet, 20), 0, 28)).toBeUndefined();
  });

  it('with a wrong checksum is none', () => {
    const packet = new Uint8Array(20);
    emitIpv4(packet, 0, { ...fields, payloadLength: 0 });
    for (let bit = 0; bit < 160; bit++) {
      const other = packet.slice();
      other[bit >> 3] = (other[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(parseIpv4(other, 0, 20)).toBeUndefined();
    }
  });

  it.each([
    ['loose source route', [131, 7, 4, 192, 0, 2, 1]],
    ['strict source route', [137, 7, 4, 192, 0, 2, 1]],
    ['source route behind others', [1, 7, 3, 4, 131, 3, 4]],
  ])('with a %s is dropped: RFC 7126, section 4.3', (_, options) => {
    const packet = withOptions(...options);
    expect(parseIpv4(packet, 0, packet.length)).toBeUndefined();
  });

  it.each([
    ['router alert', [148, 4, 0, 0]],
    ['record route', [7, 7, 4, 0, 0, 0, 0]],
    ['an end before what looks like a route', [0, 131, 3, 4]],
    ['an option of length 0', [7, 0, 131, 3]],
    ['an option cut short', [1, 1, 1, 68]],
  ])('with %s is taken', (_, options) => {
    const packet = withOptions(...options);
    const header = ipv4Header + Math.ceil(options.length / 4) * 4;
    expect(parseIpv4(packet, 0, packet.length)).toMatchObject({ start: header, end: packet.length });
  });

  it('reads only what is there, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 100 }), (bytes) => {
        bytes[0] = 0x40 | ((bytes[0] as number) & 15);
        sealed(bytes, ((bytes[0] as number) & 15) * 4);
        const found = parseIpv4(bytes, 0, bytes.length);
        if (found !== undefined) expect(found.start <= found.end && found.end <= bytes.length).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
