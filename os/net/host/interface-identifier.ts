/** The host's part of its IPv6 addresses: stable in one network, unrelated between networks. RFC 7217. */
import { createHash } from 'node:crypto';
import type { Random } from '../environment/random.ts';
import { type Address, addressBytes, readIpv6 } from '../wire/address.ts';
import { formatMac, type MacAddress } from '../wire/mac.ts';
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
 * An address whose last 64 bits are the interface identifier under `prefix`: section 5, F() being SHA-256. The interface is
 * known by its Ethernet address.
 * @param attempt how many of the identifiers before were somebody else's
 */
export function interfaceIdentifier(secret: string, mac: MacAddress, prefix: Address, attempt: number): Address {
  const hash = createHash('sha256');
  hash.update(addressBytes(prefix).subarray(0, 8)).update(formatMac(mac)).update(String(attempt)).update(secret);
  const bytes = new Uint8Array(16);
  bytes.set(hash.digest().subarray(0, 8), 8);
  return readIpv6(bytes, 0);
}
