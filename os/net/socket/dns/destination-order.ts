/** The order in which a name's addresses should be tried: RFC 6724, section 6. */
import {
  type Address,
  commonPrefixLength,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isMulticast,
  parseAddress,
  sharesPrefix,
} from '../../wire/address.ts';

/** RFC 6724, section 2.1; the longest prefix that fits counts. */
const policies = (
  [
    ['::1', 128, 50, 0],
    ['::', 0, 40, 1],
    ['2002::', 16, 30, 2],
    ['2001::', 32, 5, 5],
    ['fc00::', 7, 3, 13],
    ['::', 96, 1, 3],
    ['fec0::', 10, 1, 11],
    ['3ffe::', 16, 1, 12],
  ] as const
)
  .map(([text, length, precedence, label]) => ({ prefix: parseAddress(text) as Address, length, precedence, label }))
  .sort((a, b) => b.length - a.length);

/** The policy of ::ffff:0:0/96, which is where IPv4 is. */
const ipv4Policy = { precedence: 35, label: 4 };

const policyOf = (address: Address): { readonly precedence: number; readonly label: number } =>
  isIpv4(address)
    ? ipv4Policy
    : (policies.find(({ prefix, length }) => sharesPrefix(address, prefix, length)) ?? ipv4Policy);

/** RFC 4291, section 2.7, and RFC 6724, sections 3.1 and 3.2. */
function scopeOf(address: Address): number {
  if (!isIpv4(address) && isMulticast(address)) return address.charCodeAt(0) & 0xf;
  if (isLinkLocal(address) || isLoopback(address)) return 2;
  return !isIpv4(address) && (address.charCodeAt(0) & 0xffc0) === 0xfec0 ? 5 : 14;
}

interface Candidate {
  readonly address: Address;
  /** Undefined: there is no way to it. */
  readonly source: Address | undefined;
}

const has = (value: boolean): number => (value ? 0 : 1);

/** Rules 1, 2, 5, 6, 8 and 9; below zero when `a` is to be tried first. The others need what is not known here. */
const rules: readonly ((a: Candidate, b: Candidate) => number)[] = [
  (a, b) => has(a.source !== undefined) - has(b.source !== undefined),
  (a, b) => has(inScope(a)) - has(inScope(b)),
  (a, b) => has(inLabel(a)) - has(inLabel(b)),
  (a, b) => policyOf(b.address).precedence - policyOf(a.address).precedence,
  (a, b) => scopeOf(a.address) - scopeOf(b.address),
  // Not for IPv4: there a common prefix says nothing of nearness, and the servers' rotation is better left alone.
  (a, b) => (isIpv4(a.address) || isIpv4(b.address) ? 0 : common(b) - common(a)),
];

const inScope = ({ address, source }: Candidate): boolean =>
  source !== undefined && scopeOf(address) === scopeOf(source);
const inLabel = ({ address, source }: Candidate): boolean =>
  source !== undefined && policyOf(address).label === policyOf(source).label;
const common = ({ address, source }: Candidate): number =>
  source === undefined ? 0 : Math.min(64, commonPrefixLength(address, source));

/** @param sourceOf the address of this host that packets to a destination would carry, or undefined without a route */
export function destinationOrder(
  sourceOf: (destination: Address) => Address | undefined,
): (addresses: readonly Address[]) => readonly Address[] {
  return (addresses) =>
    addresses
      .map((address) => ({ address, source: sourceOf(address) }))
      .sort((a, b) => {
        for (const rule of rules) {
          const order = rule(a, b);
          if (order !== 0) return order;
        }
        return 0;
      })
      .map(({ address }) => address);
}
