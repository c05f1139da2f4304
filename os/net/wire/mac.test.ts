import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, parseAddress } from './address.ts';
import {
  broadcastMac,
  formatMac,
  isGroupMac,
  isStation,
  type MacAddress,
  multicastMac,
  noMac,
  parseMac,
  readMac,
  writeMac,
} from './mac.ts';

const at = (text: string) => parseAddress(text) as Address;
const mac = (text: string) => parseMac(text) as MacAddress;

describe('an Ethernet address', () => {
  it('is read and written, as bytes and as text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const address = readMac(bytes, 0);
        const written = new Uint8Array(8);
        expect(writeMac(written, 1, address)).toBe(7);
        expect(written.subarray(1, 7)).toEqual(bytes);
        expect(parseMac(formatMac(address))).toBe(address);
        expect(formatMac(address)).toBe(
          Buffer.from(bytes)
            .toString('hex')
            .replace(/..(?=.)/g, '$&:'),
        );
        expect(isGroupMac(address)).toBe((bytes[0] as number) % 2 === 1);
      }),
    );
  });

  it.each(['', '52:54:00:12:34', '52:54:00:12:34:5', '52-54-00-12-34-56', '52:54:00:12:34:5g', '52:54:00:12:34:56:78'])(
    'is not %o',
    (text) => expect(parseMac(text)).toBeUndefined(),
  );

  it('is a station unless it is a group or nothing', () => {
    expect([broadcastMac, noMac, mac('01:00:5e:00:00:fb'), mac('52:54:00:12:34:56')].map(isStation)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('of a group has the last 23 bits of IPv4 (RFC 1112, section 6.4), the last 32 of IPv6 (RFC 2464, section 7)', () => {
    expect(formatMac(multicastMac(at('224.128.1.2')))).toBe('01:00:5e:00:01:02');
    expect(formatMac(multicastMac(at('239.255.255.250')))).toBe('01:00:5e:7f:ff:fa');
    expect(formatMac(multicastMac(at('ff02::1:ff0e:8c6c')))).toBe('33:33:ff:0e:8c:6c');
  });
});
