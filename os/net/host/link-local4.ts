/** An IPv4 address without a server: RFC 3927. */
import { SeededRandom } from '../environment/random.ts';
import { type Address, ipv4FromNumber, ipv4ToNumber, parseAddress } from '../wire/address.ts';
import type { MacAddress } from '../wire/mac.ts';

/** Section 2.1: 169.254.1.0 to 169.254.254.255. */
const first = ipv4ToNumber(parseAddress('169.254.1.0') as Address);
const count = 254 * 256;

/** Candidates for the interface with this address, the same ones every time: section 2.1. */
export function* linkLocalCandidates(mac: MacAddress): Generator<Address, never> {
  const seed = (mac.charCodeAt(0) << 16) ^ (mac.charCodeAt(1) << 8) ^ mac.charCodeAt(2);
  const random = new SeededRandom(seed);
  for (;;) yield ipv4FromNumber(first + (random.uint32() % count));
}
