import { describe, expect, it } from 'vitest';
import { type Address, formatAddress, parseAddress } from '../../wire/address.ts';
import { destinationOrder } from './destination-order.ts';

const address = (text: string) => parseAddress(text) as Address;

/** `destination < source` pairs in, destinations out. */
const order = (...pairs: [string, string | undefined][]) => {
  const sources = new Map(pairs.map(([to, from]) => [address(to), from === undefined ? undefined : address(from)]));
  return destinationOrder((destination) => sources.get(destination))([...sources.keys()]).map(formatAddress);
};

describe('the order of destinations', () => {
  // RFC 6724, section 10.2.
  it('prefers a scope that matches', () => {
    expect(order(['198.51.100.121', '169.254.13.78'], ['2001:db8:1::1', '2001:db8:1::2'])[0]).toBe('2001:db8:1::1');
    expect(order(['2001:db8:1::1', 'fe80::1'], ['198.51.100.121', '198.51.100.117'])[0]).toBe('198.51.100.121');
  });

  it('prefers IPv6, and native IPv6 to what goes through IPv4', () => {
    expect(order(['10.1.2.3', '10.1.2.4'], ['2001:db8:1::1', '2001:db8:1::2'])[0]).toBe('2001:db8:1::1');
    expect(order(['2002:c633:6401::1', '2002:c633:6401::2'], ['2001:db8:1::1', '2001:db8:1::2'])[0]).toBe(
      '2001:db8:1::1',
    );
  });

  it('prefers a label that matches', () => {
    expect(order(['2002:c633:6401::1', '2002:c633:6401::2'], ['2001:db8:1::1', '2002:c633:6401::2'])[0]).toBe(
      '2002:c633:6401::1',
    );
  });

  it('prefers the smaller scope and the longer prefix', () => {
    expect(order(['2001:db8:1::1', '2001:db8:1::2'], ['fe80::1', 'fe80::2'])[0]).toBe('fe80::1');
    expect(order(['2001:db8:3ffe::1', '2001:db8:1::2'], ['2001:db8:1::1', '2001:db8:1::2'])[0]).toBe('2001:db8:1::1');
  });

  it('puts what cannot be reached last, and leaves IPv4 as the server gave it', () => {
    expect(order(['2001:db8::1', undefined], ['192.0.2.9', '192.0.2.8'], ['10.0.0.1', '192.0.2.8'])).toEqual([
      '192.0.2.9',
      '10.0.0.1',
      '2001:db8::1',
    ]);
  });
});
