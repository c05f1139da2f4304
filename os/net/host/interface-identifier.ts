/** The host's part of its IPv6 addresses: stable in one network, unrelated between networks. RFC 7217. */
import { type SipKey, sipHash } from '../../lib/siphash.ts';
import type { Random } from '../environment/random.ts';
import type { Address } from '../wire/address.ts';
import type { MacAddress } from '../wire/mac.ts';
import type { HostMemory } from './host.ts';

const key = 'interface-identifier-secret';

/** The secret that makes this host's addresses its own; remembered, so that they stay. */
export function rememberedSecret(memory: HostMemory, random: Random): string {
  const known = memory.recall(key);
  if (typeof known === 'string' && /^[0-9a-f]{32}$/.test(known)) return known;
  const secret = Buffer.from(random.bytes(16)).toString('hex');
  memory.remember(key, secret);
  return secret;
}

/**
 * An address whose last 64 bits are the interface identifier under `prefix`: section 5, F() being SipHash. The interface is
 * known by its Ethernet address.
 * @param attempt how many of the identifiers before were somebody else's
 */
export function interfaceIdentifier(secret: string, mac: MacAddress, prefix: Address, attempt: number): Address {
  const word = (index: number) => Number.parseInt(secret.slice(8 * index, 8 * index + 8), 16);
  const key: SipKey = [word(0), word(1), word(2), word(3)];
  const units = `${prefix.slice(0, 4)}${mac}`;
  // Not by the string's iterator: two units that happen to be surrogates are one character to it.
  const about = Array.from({ length: units.length }, (_, index) => units.charCodeAt(index));
  // The hash has 32 bits: the halves are told apart by their number.
  const half = (number: number): string => {
    const hash = sipHash(key, [...about, attempt, number]);
    return String.fromCharCode(hash >>> 16, hash & 0xffff);
  };
  return `\0\0\0\0${half(0)}${half(1)}` as Address;
}
