import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, formatAddress, ipv4FromNumber, parseAddress } from './address.ts';
import {
  type Dhcp4Message,
  dhcp4Options,
  encodeDhcp4,
  parseDhcp4,
  readClasslessRoutes,
  readIpv4List,
} from './dhcp4.ts';
import { readMac } from './mac.ts';

const message: Dhcp4Message = {
  operation: 'reply',
  transaction: 0x3903f326,
  seconds: 3,
  broadcast: true,
  clientAddress: parseAddress('0.0.0.0') as Address,
  yourAddress: parseAddress('192.0.2.10') as Address,
  mac: readMac(Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56), 0),
  options: new Map([[dhcp4Options.messageType, Uint8Array.of(2)]]),
};

const messages: fc.Arbitrary<Dhcp4Message> = fc.record({
  operation: fc.constantFrom('request' as const, 'reply' as const),
  transaction: fc.nat(0xffffffff),
  seconds: fc.nat(0xffff),
  broadcast: fc.boolean(),
  clientAddress: fc.nat(0xffffffff).map(ipv4FromNumber),
  yourAddress: fc.nat(0xffffffff).map(ipv4FromNumber),
  mac: fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => readMac(bytes, 0)),
  options: fc
    .array(fc.tuple(fc.integer({ min: 53, max: 254 }), fc.uint8Array({ maxLength: 600 })), { maxLength: 4 })
    .map((entries) => new Map(entries)),
});

describe('messages of DHCPv4', () => {
  it('are laid out as RFC 2131 says', () => {
    const bytes = encodeDhcp4(message);
    expect(bytes).toHaveLength(300);
    expect(Buffer.from(bytes.subarray(0, 34)).toString('hex')).toBe(
      '020106003903f326000380000000' + '0000' + 'c000020a' + '0000000000000000' + '525400123456',
    );
    expect(Buffer.from(bytes.subarray(236, 244)).toString('hex')).toBe('63825363350102ff');
    expect(parseDhcp4(bytes)).toEqual(message);
  });

  it('have more options in the fields for file and server name: option 52', () => {
    const bytes = encodeDhcp4(message);
    bytes.set([53, 1, 2, 52, 1, 3, 12, 2, 0x61, 0x62, 255], 240);
    bytes.set([12, 2, 0x63, 0x64, 0, 0, 255, 15, 1, 1], 108);
    bytes.set([12, 1, 0x65, 54, 200], 44);
    const options = parseDhcp4(bytes)?.options;
    expect(Buffer.from(options?.get(12) ?? []).toString()).toBe('abcde');
    expect(options?.has(15)).toBe(false);
    expect(options?.has(54)).toBe(false);
  });

  it('may be longer than their end, and must not be shorter than their beginning', () => {
    const bytes = encodeDhcp4(message);
    expect(parseDhcp4(bytes.subarray(0, 240))?.options.size).toBe(0);
    expect(parseDhcp4(bytes.subarray(0, 239))).toBeUndefined();
    for (const [at, value] of [
      [0, 3],
      [1, 6],
      [2, 16],
      [237, 0],
    ] as const) {
      const broken = bytes.slice();
      broken[at] = value;
      expect(parseDhcp4(broken)).toBeUndefined();
    }
  });

  it('survive writing and reading, long options too', () => {
    fc.assert(
      fc.property(messages, (one) => {
        const { options, ...rest } = one;
        // Option 52 changes how the rest is read.
        const plain = new Map([...options].filter(([code]) => code !== dhcp4Options.overload));
        expect(parseDhcp4(encodeDhcp4({ ...rest, options: plain }))).toEqual({ ...rest, options: plain });
      }),
      { numRuns: 500 },
    );
  });

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(255), (noise, overload) => {
        const bytes = encodeDhcp4(message);
        bytes.set([52, 1, overload, ...noise], 240);
        bytes.set(noise.subarray(0, 64), 44);
        bytes.set(noise.subarray(0, 90), 108);
        for (const content of parseDhcp4(bytes)?.options.values() ?? []) readClasslessRoutes(content, 8);
        parseDhcp4(noise);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('routes of option 121', () => {
  it('are those of the example in RFC 3442', () => {
    const bytes = Uint8Array.of(0, 10, 0, 0, 1, 24, 10, 229, 0, 10, 17, 1, 2, 25, 10, 229, 0, 128, 10, 27, 129, 210);
    expect(
      readClasslessRoutes(bytes.subarray(0, 13), 8)?.map(
        ({ destination, prefixLength, router }) =>
          `${formatAddress(destination)}/${prefixLength} ${formatAddress(router)}`,
      ),
    ).toEqual(['0.0.0.0/0 10.0.0.1', '10.229.0.0/24 10.17.1.2']);
    expect(readClasslessRoutes(bytes, 2)).toHaveLength(2);
    expect(readClasslessRoutes(bytes.subarray(0, 12), 8)).toBeUndefined();
    expect(readClasslessRoutes(Uint8Array.of(33, 1, 2, 3, 4, 5, 1, 2, 3, 4), 8)).toBeUndefined();
  });

  it('and lists of addresses have an end', () => {
    expect(readIpv4List(Uint8Array.of(192, 0, 2, 1, 0, 0, 0, 0, 192, 0, 2, 2, 9), 8).map(formatAddress)).toEqual([
      '192.0.2.1',
      '192.0.2.2',
    ]);
    expect(readIpv4List(new Uint8Array(400).fill(1), 3)).toHaveLength(3);
    expect(readIpv4List(undefined, 3)).toEqual([]);
  });
});
