import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../environment/random.ts';
import { at, macOf } from '../stack/fixture/lan.ts';
import { formatAddress, ipv4ToNumber } from '../wire/address.ts';
import { interfaceIdentifier, rememberedSecret } from './interface-identifier.ts';
import { linkLocalCandidates } from './link-local4.ts';
import { parsePrefixed } from './prefixed.ts';

describe('an interface identifier (RFC 7217)', () => {
  const secret = '0123456789abcdef0123456789abcdef';
  const prefix = at('2001:db8:1::');
  const own = interfaceIdentifier(secret, macOf(1), prefix, 0);

  it('depends on the prefix, the interface, the attempt and the secret, and on nothing else', () => {
    const others = [
      interfaceIdentifier(secret, macOf(1), at('2001:db8:2::'), 0),
      interfaceIdentifier(secret, macOf(2), prefix, 0),
      interfaceIdentifier(secret, macOf(1), prefix, 1),
      interfaceIdentifier(secret.replace('0', '1'), macOf(1), prefix, 0),
    ];
    expect(new Set([own, ...others]).size).toBe(5);
    // Units that are surrogates to a string are as good as others.
    const [high, low] = ['2001:db8:d800:dc00::', '2001:db8:d800:dc01::'].map((text) =>
      interfaceIdentifier(secret, macOf(1), at(text), 0),
    );
    expect(high).not.toBe(low);
    // What is behind the prefix is none of it.
    expect(interfaceIdentifier(secret, macOf(1), at('2001:db8:1::77'), 0)).toBe(own);
  });

  it('is the host part of an address alone', () => {
    expect(formatAddress(own)).toMatch(/^::[0-9a-f:]+$/);
    expect(own.slice(0, 4)).toBe('\0\0\0\0');
  });
});

describe('the secret', () => {
  it('is remembered, and made anew when what is remembered is none', () => {
    const memory = new Map<string, unknown>();
    const store = {
      recall: (key: string) => memory.get(key),
      remember: (key: string, value: unknown) => memory.set(key, value),
    };
    const first = rememberedSecret(store, new SeededRandom(1));
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(rememberedSecret(store, new SeededRandom(2))).toBe(first);
    for (const spoilt of [undefined, null, 7, '', 'x'.repeat(32), first.slice(1)]) {
      memory.set('interface-identifier-secret', spoilt);
      expect(rememberedSecret(store, new SeededRandom(2))).not.toBe(first);
    }
  });
});

describe('candidates for a link-local IPv4 address (RFC 3927, section 2.1)', () => {
  const of = (number: number) => {
    const candidates = linkLocalCandidates(macOf(number));
    return Array.from({ length: 1000 }, () => candidates.next().value);
  };

  it('are within what is allowed, the same every time, and others for others', () => {
    const [first, last] = [ipv4ToNumber(at('169.254.1.0')), ipv4ToNumber(at('169.254.254.255'))];
    for (const address of of(1)) {
      expect(ipv4ToNumber(address)).toBeGreaterThanOrEqual(first);
      expect(ipv4ToNumber(address)).toBeLessThanOrEqual(last);
    }
    expect(of(1)).toEqual(of(1));
    expect(of(1)[0]).not.toBe(of(2)[0]);
    expect(new Set(of(1)).size).toBeGreaterThan(980);
  });
});

it.each([
  ['192.0.2.1/24', 24],
  ['192.0.2.1', 32],
  ['2001:db8::1/64', 64],
  ['2001:db8::1', 128],
  ['192.0.2.1/0', 0],
])('%s is an address with a prefix of %i bits', (text, prefixLength) => {
  expect(parsePrefixed(text)).toMatchObject({ prefixLength });
});

it.each(['192.0.2.1/33', '192.0.2.1/', '192.0.2.1/1e1', '192.0.2.1/-1', '192.0.2.1/24/1', '::1/129', '/24', ''])(
  '%o is none',
  (text) => expect(parsePrefixed(text)).toBeUndefined(),
);
