/** Which of the host's addresses a packet is sent from: RFC 6724, section 5. The rules apply to IPv4 where they make sense. */
import { type Address, commonPrefixLength, isIpv4, isLinkLocal, isMulticast, sharesPrefix } from '../wire/address.ts';
import type { HostAddress } from './address-table.ts';

/** RFC 6724, section 3.1: link-local 2, global 14; of a multicast address its own scope. */
function scopeOf(address: Address): number {
  if (isMulticast(address)) return isIpv4(address) ? 14 : address.charCodeAt(0) & 0x0f;
  return isLinkLocal(address) ? 2 : 14;
}

/** RFC 6724, section 2.1: the policy table's labels, longest prefix first. */
const labels: readonly (readonly [prefix: Address, length: number, label: number])[] = [
  ['\0\0\0\0\0\0\0\u0001' as Address, 128, 0],
  ['\0\0\0\0\0\uffff\0\0' as Address, 96, 4],
  ['\0\0\0\0\0\0\0\0' as Address, 96, 3],
  ['\u2001\0\0\0\0\0\0\0' as Address, 32, 5],
  ['\u2002\0\0\0\0\0\0\0' as Address, 16, 2],
  ['\u3ffe\0\0\0\0\0\0\0' as Address, 16, 12],
  ['\ufec0\0\0\0\0\0\0\0' as Address, 10, 11],
  ['\ufc00\0\0\0\0\0\0\0' as Address, 7, 13],
];

/** The label of an address; IPv4's is 4, everything else's 1. */
const labelOf = (address: Address): number =>
  isIpv4(address) ? 4 : (labels.find(([prefix, length]) => sharesPrefix(prefix, address, length))?.[2] ?? 1);

const isDeprecated = ({ state, deprecated }: HostAddress): boolean => state === 'deprecated' || deprecated === true;

/** Positive when `a` is better than `b` for `destination`, by the first rule that tells them apart. */
function compare(a: HostAddress, b: HostAddress, destination: Address): number {
  // Rule 1: the destination itself.
  if (a.address === destination) return 1;
  if (b.address === destination) return -1;
  // Rule 2: the smallest scope that reaches.
  const [scopeA, scopeB, wanted] = [scopeOf(a.address), scopeOf(b.address), scopeOf(destination)];
  if (scopeA < scopeB) return scopeA < wanted ? -1 : 1;
  if (scopeB < scopeA) return scopeB < wanted ? 1 : -1;
  // Rule 3: not deprecated.
  const deprecated = Number(isDeprecated(b)) - Number(isDeprecated(a));
  if (deprecated !== 0) return deprecated;
  // Rule 6: the destination's label.
  const label = labelOf(destination);
  const labelled = Number(labelOf(a.address) === label) - Number(labelOf(b.address) === label);
  if (labelled !== 0) return labelled;
  // Rule 7: temporary addresses.
  const temporary = Number(a.temporary ?? false) - Number(b.temporary ?? false);
  if (temporary !== 0) return temporary;
  // Rule 8: the longest common prefix, no longer than the prefix of the address.
  const common = (each: HostAddress) => Math.min(each.prefixLength, commonPrefixLength(each.address, destination));
  return common(a) - common(b);
}

/** The best of the addresses that can be used; undefined when there is none of the destination's family. */
export function selectSource(candidates: Iterable<HostAddress>, destination: Address): Address | undefined {
  let best: HostAddress | undefined;
  for (const each of candidates) {
    if (each.state === 'duplicate' || each.address.length !== destination.length) continue;
    if (best === undefined || compare(each, best, destination) > 0) best = each;
  }
  return best?.address;
}
