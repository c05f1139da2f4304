/** What a server's offer or acknowledgement gives: RFC 2131, section 4.3.1. */
import {
  type Address,
  directedBroadcast,
  formatAddress,
  ipv4ToNumber,
  isIpv4,
  isLoopback,
  isMulticast,
  networkOf,
  parseAddress,
  readIpv4,
  unspecified4,
} from '../../wire/address.ts';
import { u16, u32 } from '../../wire/bytes.ts';
import { type Dhcp4Message, dhcp4Options, readClasslessRoutes, readIpv4List } from '../../wire/dhcp4.ts';
import { labelsOf, readNames } from '../../wire/dns/name.ts';

export interface Dhcp4Route {
  readonly destination: Address;
  readonly prefixLength: number;
  /** Undefined: the destination is on the link. */
  readonly gateway: Address | undefined;
}

export interface Dhcp4Lease {
  readonly address: Address;
  readonly prefixLength: number;
  /** Option 3 as it was sent. What counts is `routes`. */
  readonly routers: readonly Address[];
  /** Option 121 if it was sent, which then is all there is (RFC 3442); otherwise a default route for each router. */
  readonly routes: readonly Dhcp4Route[];
  readonly nameServers: readonly Address[];
  readonly domain: string | undefined;
  readonly searchDomains: readonly string[];
  readonly timeServers: readonly Address[];
  readonly mtu: number | undefined;
  readonly server: Address;
  /** Seconds from `acquiredAt` on; Infinity is for ever. */
  readonly leaseTime: number;
  readonly t1: number;
  readonly t2: number;
  /** When it was asked for, in milliseconds on the clock's scale. */
  readonly acquiredAt: number;
}

/** How many of each a lease may bring. */
const most = { addresses: 16, routes: 64, domains: 16 };

const forEver = 0xffffffff;

/** What every IPv4 host must be able to receive, RFC 791, section 3.1; less would be a trap. */
const smallestMtu = 576;

/**
 * @param server who sent it, when the message does not say so itself
 * @returns undefined when it makes no sense: an address that no host can have, a broken mask, no lease time, no server
 */
export function leaseOf(message: Dhcp4Message, acquiredAt: number, server?: Address): Dhcp4Lease | undefined {
  const option = (code: number, length: number) => {
    const content = message.options.get(code);
    return content?.length === length ? content : undefined;
  };
  const seconds = (code: number) => {
    const content = option(code, 4);
    if (content === undefined) return undefined;
    const value = u32(content, 0);
    return value === forEver ? Number.POSITIVE_INFINITY : value;
  };
  const address = message.yourAddress;
  const prefixLength = prefixLengthOf(address, message.options.get(dhcp4Options.subnetMask));
  const leaseTime = seconds(dhcp4Options.leaseTime);
  const serverId = option(dhcp4Options.server, 4);
  const from = serverId === undefined ? server : readIpv4(serverId, 0);
  if (prefixLength === undefined || !isHostAddress(address, prefixLength) || !leaseTime) return undefined;
  if (from === undefined || !isHostAddress(from, 32)) return undefined;
  const routers = readIpv4List(message.options.get(dhcp4Options.router), most.addresses);
  const mtu = option(dhcp4Options.mtu, 2);
  return {
    address,
    prefixLength,
    routers,
    routes: routesOf(message, routers),
    nameServers: readIpv4List(message.options.get(dhcp4Options.nameServers), most.addresses),
    domain: domainOf(message.options.get(dhcp4Options.domainName)),
    searchDomains: readNames(message.options.get(dhcp4Options.searchDomains) ?? new Uint8Array(0), most.domains),
    timeServers: readIpv4List(message.options.get(dhcp4Options.timeServers), most.addresses),
    mtu: mtu !== undefined && u16(mtu, 0) >= smallestMtu ? u16(mtu, 0) : undefined,
    server: from,
    leaseTime,
    ...timesOf(leaseTime, seconds(dhcp4Options.renewalTime), seconds(dhcp4Options.rebindingTime)),
    acquiredAt,
  };
}

/** RFC 2131, section 4.4.5: T1 after a half, T2 after seven eighths, unless the server says something sensible. */
function timesOf(leaseTime: number, t1: number | undefined, t2: number | undefined): { t1: number; t2: number } {
  const rebind = t2 !== undefined && t2 > 0 && t2 < leaseTime ? t2 : leaseTime * 0.875;
  const renew = t1 !== undefined && t1 > 0 && t1 < rebind ? t1 : Math.min(leaseTime * 0.5, rebind);
  return { t1: renew, t2: rebind };
}

function routesOf(message: Dhcp4Message, routers: readonly Address[]): Dhcp4Route[] {
  const content = message.options.get(dhcp4Options.classlessRoutes);
  const classless = content && readClasslessRoutes(content, most.routes);
  if (classless === undefined || classless.length === 0) {
    return routers.map((gateway) => ({ destination: unspecified4, prefixLength: 0, gateway }));
  }
  return classless.map(({ destination, prefixLength, router }) => ({
    // RFC 3442: bits behind the prefix are to be cleared.
    destination: networkOf(destination, prefixLength),
    prefixLength,
    gateway: router === unspecified4 ? undefined : router,
  }));
}

/** From the mask, or without one from the address's class (RFC 791, section 3.2); undefined for a mask with holes. */
function prefixLengthOf(address: Address, mask: Uint8Array | undefined): number | undefined {
  if (mask === undefined) {
    const first = address.charCodeAt(0) >> 8;
    return first < 128 ? 8 : first < 192 ? 16 : 24;
  }
  if (mask.length !== 4) return undefined;
  const length = Math.clz32(~u32(mask, 0));
  const contiguous = u32(mask, 0) === (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0);
  return contiguous && length > 0 ? length : undefined;
}

/** Whether a host can have this address in a network of this size. */
function isHostAddress(address: Address, prefixLength: number): boolean {
  if (ipv4ToNumber(address) < 0x01000000 || isLoopback(address) || isMulticast(address)) return false;
  if (address.charCodeAt(0) >> 12 === 0xf) return false;
  if (prefixLength > 30) return true;
  return address !== networkOf(address, prefixLength) && address !== directedBroadcast(address, prefixLength);
}

/** Option 15. Some servers end it with a zero byte, and some write several domains: the first one is meant. */
function domainOf(content: Uint8Array | undefined): string | undefined {
  if (content === undefined) return undefined;
  const [first = ''] = String.fromCharCode(...content.subarray(0, 255)).split(/[\0 ,]/);
  const name = first.endsWith('.') ? first.slice(0, -1) : first;
  return /^[\w.-]+$/.test(name) && labelsOf(name) !== undefined ? name : undefined;
}

/** What is known of a lease of an earlier time. */
export interface PreviousLease {
  readonly address: Address;
  readonly server: Address | undefined;
}

/** A lease as a JSON value, for after a restart. `wall`: seconds since 1970, if they are known; `now`: the clock. */
export function rememberedLease(lease: Dhcp4Lease, now: number, wall: number | undefined): unknown {
  const left = lease.acquiredAt / 1000 + lease.leaseTime - now / 1000;
  return {
    address: formatAddress(lease.address),
    server: formatAddress(lease.server),
    /** Seconds since 1970; null: for ever, or not known. */
    expires: wall === undefined || left === Number.POSITIVE_INFINITY ? null : Math.floor(wall + left),
  };
}

/**
 * The lease that was remembered, unless it has expired. Where that is not known it may be tried: the server decides.
 * @param value anything: it comes from a disk
 */
export function recalledLease(value: unknown, wall: number | undefined): PreviousLease | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { address, server, expires } = value as Record<string, unknown>;
  const ipv4 = (text: unknown) => {
    const parsed = typeof text === 'string' ? parseAddress(text) : undefined;
    return parsed !== undefined && isIpv4(parsed) && isHostAddress(parsed, 32) ? parsed : undefined;
  };
  const known = ipv4(address);
  if (known === undefined || (typeof expires === 'number' && wall !== undefined && expires <= wall)) return undefined;
  return { address: known, server: ipv4(server) };
}
