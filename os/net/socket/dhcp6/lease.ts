/** What a server's message gives, as far as it makes sense: RFC 8415, sections 18.2.9 and 18.2.10. */
import {
  type Address,
  formatAddress,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  readIpv6,
} from '../../wire/address.ts';
import { u32 } from '../../wire/bytes.ts';
import {
  type Dhcp6Address,
  type Dhcp6Message,
  dhcp6Option,
  dhcp6Options,
  type IdentityAssociation,
  readDhcp6Options,
  readIdentityAssociation,
} from '../../wire/dhcp6.ts';
import { readName, readNames } from '../../wire/dns/name.ts';

/** What is true for the link, and not for one host. */
export interface Dhcp6Information {
  readonly nameServers: readonly Address[];
  readonly searchDomains: readonly string[];
  /** Addresses as texts, and names: RFC 5908, and RFC 4075 where there are none of those. */
  readonly timeServers: readonly string[];
  /** Seconds after which to ask again; Infinity is never. RFC 8415, section 21.23. */
  readonly refreshTime: number;
}

export interface Dhcp6Lease {
  /** Lifetimes count from `acquiredAt`. There is no prefix to them: they say nothing of who is on the link. */
  readonly addresses: readonly Dhcp6Address[];
  /** Seconds from `acquiredAt`; Infinity is never. */
  readonly t1: number;
  readonly t2: number;
  /** Milliseconds on the clock's scale. */
  readonly acquiredAt: number;
  /** The server's DUID. */
  readonly server: Uint8Array;
  readonly information: Dhcp6Information;
}

const most = { addresses: 16, domains: 16 };

/** Seconds: RFC 8415, section 21.23. */
const refresh = { standard: 86_400, least: 600 };

export function informationOf(message: Dhcp6Message): Dhcp6Information {
  const option = (code: number) => dhcp6Option(message.options, code);
  const ntp = ntpServers(option(dhcp6Options.ntpServers));
  const refreshTime = option(dhcp6Options.refreshTime);
  const seconds = refreshTime?.length === 4 ? u32(refreshTime, 0) : refresh.standard;
  return {
    nameServers: addressesIn(option(dhcp6Options.nameServers)),
    searchDomains: readNames(option(dhcp6Options.searchDomains) ?? new Uint8Array(0), most.domains),
    timeServers: ntp.length > 0 ? ntp : addressesIn(option(dhcp6Options.sntpServers)).map(formatAddress),
    refreshTime: seconds === 0xffffffff ? Number.POSITIVE_INFINITY : Math.max(refresh.least, seconds),
  };
}

function addressesIn(content: Uint8Array | undefined): Address[] {
  const addresses: Address[] = [];
  if (content === undefined) return addresses;
  for (let at = 0; at + 16 <= content.length && addresses.length < most.addresses; at += 16) {
    const address = readIpv6(content, at);
    if (!isUnspecified(address) && !isMulticast(address)) addresses.push(address);
  }
  return addresses;
}

/** RFC 5908, section 4: suboptions with an address (1), a multicast group (2, not for us), or a name (3). */
function ntpServers(content: Uint8Array | undefined): string[] {
  return (readDhcp6Options(content ?? new Uint8Array(0), 0) ?? [])
    .slice(0, most.addresses)
    .flatMap(({ code, content: server }) => {
      if (code === 1) return addressesIn(server).map(formatAddress);
      const name = code === 3 ? readName(server, 0)?.name : undefined;
      return name === undefined || name === '' ? [] : [name];
    });
}

/** The identity association of this client in a message. */
export function associationOf(message: Dhcp6Message, id: number): IdentityAssociation | undefined {
  for (const { code, content } of message.options) {
    const association = code === dhcp6Options.identityAssociation ? readIdentityAssociation(content) : undefined;
    // Section 21.4: T1 behind T2 makes it invalid.
    if (association === undefined || association.id !== id) continue;
    if (association.t1 > association.t2 && association.t2 > 0) continue;
    return association;
  }
  return undefined;
}

/** The addresses that a host can use. Those with a valid lifetime of zero are taken back by the server. */
export const usableAddresses = (association: IdentityAssociation): Dhcp6Address[] =>
  association.addresses
    .filter(
      ({ address, preferredLifetime, validLifetime }) =>
        validLifetime > 0 &&
        preferredLifetime <= validLifetime &&
        !isMulticast(address) &&
        !isLinkLocal(address) &&
        !isLoopback(address) &&
        !isUnspecified(address),
    )
    .slice(0, most.addresses);

/** The times of a lease in seconds: what the server says, or sections 14.2 and 21.4. */
export function renewalTimes(association: IdentityAssociation, addresses: readonly Dhcp6Address[]) {
  // Of an address that is only valid any more, the valid lifetime is what there is to keep.
  const shortest = Math.min(...addresses.map((one) => one.preferredLifetime || one.validLifetime));
  const t2 = Math.max(1, association.t2 || shortest * 0.8);
  return { t1: Math.min(t2, Math.max(1, association.t1 || shortest * 0.5)), t2 };
}

/** When nothing of the lease is valid any more, in milliseconds on the clock's scale. */
export const leaseEnd = (lease: Dhcp6Lease): number =>
  lease.acquiredAt + 1000 * Math.max(...lease.addresses.map(({ validLifetime }) => validLifetime));

/** A limit that the server sets, in seconds: SOL_MAX_RT and INF_MAX_RT, sections 21.24 and 21.25. */
export function limitOf(message: Dhcp6Message, code: number): number | undefined {
  const content = dhcp6Option(message.options, code);
  const seconds = content?.length === 4 ? u32(content, 0) : 0;
  return seconds >= 60 && seconds <= 86_400 ? seconds : undefined;
}

/** 0 to 255; section 21.8. */
export const preferenceOf = (message: Dhcp6Message): number =>
  dhcp6Option(message.options, dhcp6Options.preference)?.[0] ?? 0;
