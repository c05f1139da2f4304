import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, formatAddress, parseAddress, readIpv6 } from './address.ts';
import {
  allDhcp6Servers,
  type Dhcp6Message,
  dhcp6Options,
  encodeDhcp6,
  encodeIdentityAssociation,
  type IdentityAssociation,
  parseDhcp6,
  readDhcp6Status,
  readIdentityAssociation,
} from './dhcp6.ts';

const messages: fc.Arbitrary<Dhcp6Message> = fc.record({
  type: fc.integer({ min: 1, max: 11 }),
  transaction: fc.nat(0xffffff),
  options: fc.array(fc.record({ code: fc.nat(0xffff), content: fc.uint8Array({ maxLength: 40 }) }), { maxLength: 6 }),
});

const times = fc.oneof(fc.nat(0xfffffffe), fc.constant(Number.POSITIVE_INFINITY));
const associations: fc.Arbitrary<IdentityAssociation> = fc.record({
  id: fc.nat(0xffffffff),
  t1: times,
  t2: times,
  addresses: fc.array(
    fc.record({
      address: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => readIpv6(bytes, 0)),
      preferredLifetime: times,
      validLifetime: times,
    }),
    { maxLength: 3 },
  ),
  status: fc.nat(5),
});

describe('messages of DHCPv6', () => {
  it('are laid out as RFC 8415 says', () => {
    const solicit = encodeDhcp6({
      type: 1,
      transaction: 0x102030,
      options: [
        { code: dhcp6Options.elapsedTime, content: Uint8Array.of(0, 0) },
        { code: dhcp6Options.rapidCommit, content: new Uint8Array(0) },
      ],
    });
    expect(Buffer.from(solicit).toString('hex')).toBe('01102030' + '000800020000' + '000e0000');
    expect(formatAddress(allDhcp6Servers)).toBe('ff02::1:2');
  });

  it('have addresses in associations', () => {
    const association = {
      id: 7,
      t1: 100,
      t2: Number.POSITIVE_INFINITY,
      addresses: [{ address: parseAddress('2001:db8::1') as Address, preferredLifetime: 1, validLifetime: 2 }],
      status: 0,
    };
    const content = encodeIdentityAssociation(association);
    expect(Buffer.from(content).toString('hex')).toBe(
      '00000007' + '00000064' + 'ffffffff' + '00050018' + '20010db8000000000000000000000001' + '00000001' + '00000002',
    );
    expect(readIdentityAssociation(content)).toEqual(association);
    expect(readIdentityAssociation(content.subarray(0, 11))).toBeUndefined();
    expect(readIdentityAssociation(content.subarray(0, -1))).toBeUndefined();
  });

  it('of relays, and what is cut off, are none', () => {
    for (const bytes of [
      [12, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 0, 0],
      [7, 0, 0, 0, 0],
      [7, 0, 0, 0, 0, 1, 0, 1],
    ]) {
      expect(parseDhcp6(Uint8Array.from(bytes))).toBeUndefined();
    }
    expect(readDhcp6Status([{ code: dhcp6Options.status, content: Uint8Array.of(0) }])).toBe(0);
  });

  it('survive writing and reading', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseDhcp6(encodeDhcp6(message))).toEqual(message);
      }),
      {
        numRuns: 500,
      },
    );
    fc.assert(
      fc.property(associations, (one) => {
        expect(readIdentityAssociation(encodeIdentityAssociation(one))).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 11 }), (bytes, type) => {
        readIdentityAssociation(bytes);
        bytes[0] = type;
        parseDhcp6(bytes);
      }),
      { numRuns: 15_000 },
    );
  });
});
