import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  addressBytes,
  combine,
  commonPrefixLength,
  directedBroadcast,
  formatAddress,
  formatEndpoint,
  ipv4FromNumber,
  ipv4ToNumber,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isMulticast,
  networkOf,
  parseAddress,
  readIpv4,
  readIpv6,
  sharesPrefix,
  solicitedNode,
  unmapped,
} from './address.ts';

const at = (text: string): Address => parseAddress(text) as Address;

/** Texts that look like addresses, right ones and wrong ones. */
const almost = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc
    .array(fc.constantFrom('0', '00', '1', 'ffff', '10000', ':', '::', '.', '1.2.3.4', '256', 'g', ' ', '-', '+'), {
      maxLength: 17,
    })
    .map((parts) => parts.join('')),
  fc
    .array(fc.constantFrom('0', '1', 'fe80', 'ABCD', '', '01', '1.2.3.4', '1.2.3'), { maxLength: 10 })
    .map((parts) => parts.join(':')),
  fc
    .array(fc.constantFrom('0', '1', '255', '256', '01', '', '-1', '1e1', '0x1'), { maxLength: 6 })
    .map((parts) => parts.join('.')),
);
const bytes4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** With many zeros, so that there is something to shorten. */
const bytes6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((units) => Uint8Array.from(units.flatMap((unit) => [unit >> 8, unit & 0xff])));

describe('reading an address', () => {
  it('takes exactly what Node.js takes, but for zones', () => {
    fc.assert(
      fc.property(almost, (text) => {
        const address = parseAddress(text);
        const family = address === undefined ? 0 : isIpv4(address) ? 4 : 6;
        expect(family).toBe(isIP(text));
      }),
      { numRuns: 5000 },
    );
    expect(parseAddress('fe80::1%eth0')).toBeUndefined();
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.4 ',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '::1.2.3',
    '::1.2.3.4:5',
    '12345::',
  ])('refuses %o', (text) => expect(parseAddress(text)).toBeUndefined());

  it('is quick about long texts', () => {
    expect(parseAddress(':'.repeat(1_000_000))).toBeUndefined();
    expect(parseAddress('1'.repeat(1_000_000))).toBeUndefined();
  });
});

describe('writing an address', () => {
  it('reads back as what it was', () => {
    fc.assert(
      fc.property(bytes4, (bytes) => {
        expect(addressBytes(at(formatAddress(readIpv4(bytes, 0))))).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(bytes6, (bytes) => {
        expect(addressBytes(at(formatAddress(readIpv6(bytes, 0))))).toEqual(bytes);
      }),
    );
  });

  it('is what the URL standard writes, which is RFC 5952 but for mapped addresses', () => {
    fc.assert(
      fc.property(bytes6, (bytes) => {
        const address = readIpv6(bytes, 0);
        fc.pre(unmapped(address) === address);
        expect(`[${formatAddress(address)}]`).toBe(new URL(`http://[${formatAddress(address)}]/`).hostname);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:DB8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ])('shortens %s: RFC 5952, section 4', (long, short) => expect(formatAddress(at(long))).toBe(short));

  it('sets IPv6 in brackets before a port', () => {
    expect(formatEndpoint({ address: at('192.0.2.1'), port: 80 })).toBe('192.0.2.1:80');
    expect(formatEndpoint({ address: at('2001:db8::1'), port: 80 })).toBe('[2001:db8::1]:80');
  });
});

describe('prefixes', () => {
  const bitsOf = (address: Address) =>
    [...addressBytes(address)].map((byte) => byte.toString(2).padStart(8, '0')).join('');

  it('are shared, cut off and combined bit by bit', () => {
    const pair = fc.oneof(fc.tuple(bytes4, bytes4), fc.tuple(bytes6, bytes6));
    fc.assert(
      fc.property(pair, fc.double({ min: 0, max: 1, noNaN: true }), ([first, second], share) => {
        const read = first.length === 4 ? readIpv4 : readIpv6;
        const [a, b] = [read(first, 0), read(second, 0)];
        const [left, right] = [bitsOf(a), bitsOf(b)];
        const length = Math.round(share * left.length);
        const common = [...left].findIndex((bit, index) => bit !== right[index]);
        expect(commonPrefixLength(a, b)).toBe(common === -1 ? left.length : common);
        expect(sharesPrefix(a, b, length)).toBe(left.slice(0, length) === right.slice(0, length));
        expect(bitsOf(networkOf(a, length))).toBe(left.slice(0, length).padEnd(left.length, '0'));
        expect(bitsOf(combine(a, length, b))).toBe(left.slice(0, length) + right.slice(length));
      }),
    );
  });

  it('of different families have nothing in common', () => {
    expect(sharesPrefix(at('0.0.0.0'), at('::'), 0)).toBe(false);
  });

  it('have a broadcast address in IPv4', () => {
    expect(formatAddress(directedBroadcast(at('192.0.2.77'), 26))).toBe('192.0.2.127');
    expect(formatAddress(directedBroadcast(at('192.0.2.77'), 0))).toBe('255.255.255.255');
    expect(formatAddress(directedBroadcast(at('192.0.2.77'), 32))).toBe('192.0.2.77');
  });

  it('numbers are addresses', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (value) => {
        expect(ipv4ToNumber(ipv4FromNumber(value))).toBe(value);
      }),
    );
  });
});

describe('kinds of addresses', () => {
  it.each<[string, boolean, boolean, boolean]>([
    ['223.255.255.255', false, false, false],
    ['224.0.0.0', true, false, false],
    ['239.255.255.255', true, false, false],
    ['240.0.0.0', false, false, false],
    ['127.255.0.1', false, true, false],
    ['169.254.0.1', false, false, true],
    ['169.253.0.1', false, false, false],
    ['ff02::1', true, false, false],
    ['feff::1', false, false, false],
    ['::1', false, true, false],
    ['::2', false, false, false],
    ['fe80::1', false, false, true],
    ['febf::1', false, false, true],
    ['fec0::1', false, false, false],
  ])('%s', (text, multicast, loopback, linkLocal) => {
    const address = at(text);
    expect([isMulticast(address), isLoopback(address), isLinkLocal(address)]).toEqual([multicast, loopback, linkLocal]);
  });

  it('a solicited-node address has the last 24 bits: RFC 4291, section 2.7.1', () => {
    expect(formatAddress(solicitedNode(at('4037::01:800:200e:8c6c')))).toBe('ff02::1:ff0e:8c6c');
  });

  it('a mapped address is the IPv4 address in it', () => {
    expect(unmapped(at('::ffff:192.0.2.1'))).toBe(at('192.0.2.1'));
    expect(unmapped(at('::fffe:192.0.2.1'))).toBe(at('::fffe:192.0.2.1'));
  });
});
