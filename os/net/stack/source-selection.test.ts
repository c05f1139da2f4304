import { describe, expect, it } from 'vitest';
import { formatAddress } from '../wire/address.ts';
import type { HostAddress } from './address-table.ts';
import { at } from './fixture/lan.ts';
import { selectSource } from './source-selection.ts';

/** `2001:db8::1/64`, with what is special about it. */
function address(text: string, special: Partial<HostAddress> = {}): HostAddress {
  const [plain = '', length = '64'] = text.split('/');
  const forEver = Number.POSITIVE_INFINITY;
  return {
    address: at(plain),
    prefixLength: Number(length),
    origin: 'slaac',
    state: 'preferred',
    validUntil: forEver,
    preferredUntil: forEver,
    ...special,
  };
}

/** The choice, which may not depend on the order. */
function chosen(destination: string, candidates: readonly HostAddress[]): string | undefined {
  const results = [candidates, candidates.toReversed()].map((each) => selectSource(each, at(destination)));
  expect(results[0]).toBe(results[1]);
  return results[0] === undefined ? undefined : formatAddress(results[0]);
}

describe('the address that a packet is sent from', () => {
  // RFC 6724, section 10.1, without home addresses.
  it.each<[string, string, readonly string[], string]>([
    ['global before link-local', '2001:db8:1::1', ['2001:db8:3::1', 'fe80::1'], '2001:db8:3::1'],
    ['global before link-local for a site', 'ff05::1', ['2001:db8:3::1', 'fe80::1'], '2001:db8:3::1'],
    ['the same address', '2001:db8:1::1', ['2001:db8:1::1', '2001:db8:2::1'], '2001:db8:1::1'],
    ['link-local for link-local', 'fe80::1', ['fe80::2', '2001:db8:1::1'], 'fe80::2'],
    ['the longest prefix', '2001:db8:1::1', ['2001:db8:1::2', '2001:db8:3::2'], '2001:db8:1::2'],
    [
      'the same label: 6to4',
      '2002:c633:6401::1',
      ['2002:c633:6401:0:d5e3:7953:13eb:22e8', '2001:db8:1::2'],
      '2002:c633:6401:0:d5e3:7953:13eb:22e8',
    ],
    [
      'the same label: unique local',
      'fd11:1111:1111:1::1',
      ['fd11:1111:1111:2::1', '2001:db8:1::2'],
      'fd11:1111:1111:2::1',
    ],
    ['not unique local for the world', '2001:db8:9::1', ['fd11:1111:1111:2::1', '2001:db8:1::2'], '2001:db8:1::2'],
    ['IPv4: not link-local for the world', '192.0.2.1', ['169.254.1.1/16', '198.51.100.7/24'], '198.51.100.7'],
    ['IPv4: link-local for link-local', '169.254.9.9', ['198.51.100.7/24', '169.254.1.1/16'], '169.254.1.1'],
    ['IPv4: of the network', '10.1.2.3', ['10.2.0.1/16', '10.1.0.1/16'], '10.1.0.1'],
  ])('%s', (_, destination, candidates, expected) => {
    expect(
      chosen(
        destination,
        candidates.map((text) => address(text)),
      ),
    ).toBe(expected);
  });

  it('is a temporary one where there is one: rule 7', () => {
    const candidates = [address('2001:db8:1::2'), address('2001:db8:1:0:d5e3::1', { temporary: true })];
    expect(chosen('2001:db8:1:0:d5e3::9', candidates)).toBe('2001:db8:1:0:d5e3::1');
  });

  it('is not deprecated, unless there is no other of the scope: rule 3 behind rule 2', () => {
    const old = address('2001:db8:1::2', { state: 'deprecated' });
    expect(chosen('2001:db8:1::9', [old, address('2001:db8:3::2')])).toBe('2001:db8:3::2');
    expect(chosen('2001:db8:1::9', [old, address('fe80::1')])).toBe('2001:db8:1::2');
    const proved = address('2001:db8:1::2', { state: 'tentative', deprecated: true });
    expect(chosen('2001:db8:1::9', [proved, address('2001:db8:3::2')])).toBe('2001:db8:3::2');
  });

  it('is not one that somebody else has, nor one of the other family', () => {
    expect(chosen('2001:db8:1::9', [address('2001:db8:1::2', { state: 'duplicate' })])).toBeUndefined();
    expect(chosen('192.0.2.1', [address('2001:db8:1::2')])).toBeUndefined();
  });

  it('a common prefix counts no further than the prefix of the address: rule 8', () => {
    // Beyond 32 bits the first is closer, but that says nothing.
    expect(chosen('2001:db8:1:1::9', [address('2001:db8:1:1::1/32'), address('2001:db8:2::1/48')])).toBe(
      '2001:db8:2::1',
    );
  });
});
