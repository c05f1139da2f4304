/** Neighbour discovery: RFC 4861; its options for DNS (RFC 8106), routes (RFC 4191) and enhanced DAD (RFC 7527). */
import { type Address, readIpv6, writeAddress } from './address.ts';
import { put32, u32 } from './bytes.ts';
import type { IcmpMessage } from './icmp.ts';
import { type MacAddress, readMac, writeMac } from './mac.ts';

/** Section 4.6. */
const options = { source: 1, target: 2, prefix: 3, mtu: 5, nonce: 14, route: 24, rdnss: 25, dnssl: 31 } as const;

/** A prefix for on-link determination and address configuration: section 4.6.2. Lifetimes in seconds, Infinity for ever. */
export interface PrefixInformation {
  readonly prefix: Address;
  readonly length: number;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validFor: number;
  readonly preferredFor: number;
}

/** RFC 4191, section 2.3. */
export interface RouteInformation {
  readonly prefix: Address;
  readonly length: number;
  readonly preference: -1 | 0 | 1;
  readonly lifetime: number;
}

export interface DnsInformation {
  readonly servers: readonly Address[];
  readonly domains: readonly string[];
  readonly lifetime: number;
}

export interface NdpOptions {
  readonly source?: MacAddress;
  readonly target?: MacAddress;
  readonly mtu?: number;
  readonly nonce?: string;
  readonly prefixes: readonly PrefixInformation[];
  readonly routes: readonly RouteInformation[];
  readonly dns: readonly DnsInformation[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Collected = Mutable<NdpOptions> & {
  prefixes: PrefixInformation[];
  routes: RouteInformation[];
  dns: DnsInformation[];
};

/** More of one kind in one message than any network has. */
const most = 32;

/** Section 4.6: an option of length 0 makes the whole message invalid. */
function parseOptions(bytes: Uint8Array, start: number, end: number): NdpOptions | undefined {
  const found: Collected = { prefixes: [], routes: [], dns: [] };
  for (let at = start; at < end; ) {
    if (at + 2 > end) return undefined;
    const length = (bytes[at + 1] as number) * 8;
    if (length === 0 || at + length > end) return undefined;
    readOption(bytes, at, length, found);
    at += length;
  }
  return found;
}

function readOption(bytes: Uint8Array, at: number, length: number, found: Collected): void {
  switch (bytes[at]) {
    case options.source:
      found.source = readMac(bytes, at + 2);
      return;
    case options.target:
      found.target = readMac(bytes, at + 2);
      return;
    case options.mtu:
      found.mtu = u32(bytes, at + 4);
      return;
    case options.nonce:
      found.nonce = String.fromCharCode(...bytes.subarray(at + 2, at + Math.min(length, 8)));
      return;
    case options.prefix:
      if (length === 32 && found.prefixes.length < most) found.prefixes.push(prefixInformation(bytes, at));
      return;
    case options.route:
      if (found.routes.length < most) pushRoute(bytes, at, length, found);
      return;
    case options.rdnss:
      if (length >= 24 && found.dns.length < most) {
        const servers = Array.from({ length: (length - 8) >> 4 }, (_, index) => readIpv6(bytes, at + 8 + 16 * index));
        found.dns.push({ servers, domains: [], lifetime: lifetime(bytes, at + 4) });
      }
      return;
    case options.dnssl:
      if (length >= 16 && found.dns.length < most) {
        const domains = readDomains(bytes, at + 8, at + length);
        found.dns.push({ servers: [], domains, lifetime: lifetime(bytes, at + 4) });
      }
      return;
    default:
    // Section 4.6: unknown options are passed over.
  }
}

function prefixInformation(bytes: Uint8Array, at: number): PrefixInformation {
  const flags = bytes[at + 3] as number;
  return {
    prefix: readIpv6(bytes, at + 16),
    length: Math.min(128, bytes[at + 2] as number),
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    validFor: lifetime(bytes, at + 4),
    preferredFor: lifetime(bytes, at + 8),
  };
}

function pushRoute(bytes: Uint8Array, at: number, length: number, found: Collected): void {
  const bits = bytes[at + 2] as number;
  const preference = preferenceOf(bytes[at + 3] as number);
  // RFC 4191, section 2.3: the prefix is cut short as its length allows; preference 10 makes the option invalid.
  if (bits > 128 || (bits > 64 && length < 24) || (bits > 0 && length < 16) || preference === undefined) return;
  const padded = new Uint8Array(16);
  padded.set(bytes.subarray(at + 8, at + Math.min(length, 24)));
  found.routes.push({ prefix: readIpv6(padded, 0), length: bits, preference, lifetime: lifetime(bytes, at + 4) });
}

/** RFC 4191, section 2.1: the two bits behind the highest three. Reserved (10) is undefined. */
const preferenceOf = (flags: number): -1 | 0 | 1 | undefined => ([0, 1, undefined, -1] as const)[(flags >> 3) & 3];

const lifetime = (bytes: Uint8Array, at: number): number => {
  const seconds = u32(bytes, at);
  return seconds === 0xffffffff ? Number.POSITIVE_INFINITY : seconds;
};

/** Names in DNS wire form without compression, ended or padded by zeros: RFC 8106, section 5.2. */
function readDomains(bytes: Uint8Array, start: number, end: number): string[] {
  const domains: string[] = [];
  let labels: string[] = [];
  for (let at = start; at < end; ) {
    const length = bytes[at] as number;
    at += 1;
    if (length === 0) {
      if (labels.length > 0) domains.push(labels.join('.'));
      labels = [];
    } else {
      if (length > 63 || at + length > end) break;
      const label = String.fromCharCode(...bytes.subarray(at, at + length));
      if (!/^[A-Za-z0-9_-]+$/.test(label)) break;
      labels.push(label);
      at += length;
    }
  }
  return domains;
}

export interface RouterAdvertisement {
  /** 0: says nothing about it. */
  readonly hopLimit: number;
  /** Addresses by DHCPv6; other configuration by DHCPv6. */
  readonly managed: boolean;
  readonly other: boolean;
  readonly preference: -1 | 0 | 1;
  /** Seconds; 0: not a default router. */
  readonly lifetime: number;
  /** Milliseconds; 0: says nothing about it. */
  readonly reachableTime: number;
  readonly retransmitTime: number;
  readonly options: NdpOptions;
}

/** Section 4.2; undefined when it is invalid. */
export function parseRouterAdvertisement(bytes: Uint8Array, message: IcmpMessage): RouterAdvertisement | undefined {
  const { start, end, rest } = message;
  if (end - start < 8) return undefined;
  const found = parseOptions(bytes, start + 8, end);
  if (found === undefined) return undefined;
  const flags = (rest >>> 16) & 0xff;
  return {
    hopLimit: rest >>> 24,
    managed: (flags & 0x80) !== 0,
    other: (flags & 0x40) !== 0,
    preference: preferenceOf(flags) ?? 0,
    lifetime: rest & 0xffff,
    reachableTime: u32(bytes, start),
    retransmitTime: u32(bytes, start + 4),
    options: found,
  };
}

export interface NeighbourSolicitation {
  readonly target: Address;
  readonly options: NdpOptions;
}

/** Section 4.3; undefined when it is invalid. */
export function parseNeighbourSolicitation(bytes: Uint8Array, message: IcmpMessage): NeighbourSolicitation | undefined {
  const { start, end } = message;
  if (end - start < 16) return undefined;
  const found = parseOptions(bytes, start + 16, end);
  return found === undefined ? undefined : { target: readIpv6(bytes, start), options: found };
}

export interface NeighbourAdvertisement {
  readonly target: Address;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly options: NdpOptions;
}

/** Section 4.4; undefined when it is invalid. */
export function parseNeighbourAdvertisement(
  bytes: Uint8Array,
  message: IcmpMessage,
): NeighbourAdvertisement | undefined {
  const solicitation = parseNeighbourSolicitation(bytes, message);
  if (solicitation === undefined) return undefined;
  const flags = message.rest >>> 24;
  return {
    ...solicitation,
    router: (flags & 0x80) !== 0,
    solicited: (flags & 0x40) !== 0,
    override: (flags & 0x20) !== 0,
  };
}

/** The four bytes behind the checksum of a neighbour advertisement. */
export const advertisementFlags = (flags: { solicited: boolean; override: boolean }): number =>
  (flags.solicited ? 0x40000000 : 0) + (flags.override ? 0x20000000 : 0);

export interface Redirect {
  /** The better first hop; the destination itself when that is a neighbour. */
  readonly target: Address;
  readonly destination: Address;
  readonly options: NdpOptions;
}

/** Section 4.5; undefined when it is invalid. */
export function parseRedirect(bytes: Uint8Array, message: IcmpMessage): Redirect | undefined {
  const { start, end } = message;
  if (end - start < 32) return undefined;
  const found = parseOptions(bytes, start + 32, end);
  if (found === undefined) return undefined;
  return { target: readIpv6(bytes, start), destination: readIpv6(bytes, start + 16), options: found };
}

/** The body of a solicitation or advertisement: target, then a link-layer address, then a nonce. */
export function neighbourBody(target: Address, link?: { kind: 'source' | 'target'; mac: MacAddress }, nonce?: string) {
  const bytes = new Uint8Array(16 + (link === undefined ? 0 : 8) + (nonce === undefined ? 0 : 8));
  let at = writeAddress(bytes, 0, target);
  if (link !== undefined) at = writeLinkOption(bytes, at, options[link.kind], link.mac);
  if (nonce !== undefined) {
    bytes[at] = options.nonce;
    bytes[at + 1] = 1;
    for (let index = 0; index < 6; index++) bytes[at + 2 + index] = nonce.charCodeAt(index);
  }
  return bytes;
}

/** The body of a router solicitation: our link-layer address, if we have an address to send it from. Section 4.1. */
export function routerSolicitationBody(mac: MacAddress | undefined): Uint8Array {
  const bytes = new Uint8Array(mac === undefined ? 0 : 8);
  if (mac !== undefined) writeLinkOption(bytes, 0, options.source, mac);
  return bytes;
}

function writeLinkOption(bytes: Uint8Array, at: number, type: number, mac: MacAddress): number {
  bytes[at] = type;
  bytes[at + 1] = 1;
  return writeMac(bytes, at + 2, mac);
}

/** A router advertisement's rest and body: what a router of a simulated network says. */
export function routerAdvertisementBody(advertisement: RouterAdvertisement): { rest: number; body: Uint8Array } {
  const { hopLimit, managed, other, lifetime: seconds, options: given } = advertisement;
  const parts: Uint8Array[] = [new Uint8Array(8)];
  put32(parts[0] as Uint8Array, 0, advertisement.reachableTime);
  put32(parts[0] as Uint8Array, 4, advertisement.retransmitTime);
  if (given.source !== undefined) parts.push(routerSolicitationBody(given.source));
  if (given.mtu !== undefined) {
    const mtu = Uint8Array.of(options.mtu, 1, 0, 0, 0, 0, 0, 0);
    put32(mtu, 4, given.mtu);
    parts.push(mtu);
  }
  for (const prefix of given.prefixes) parts.push(emitPrefix(prefix));
  for (const route of given.routes) parts.push(emitRoute(route));
  for (const { servers, lifetime: validity } of given.dns) {
    const option = new Uint8Array(8 + 16 * servers.length);
    option.set([options.rdnss, option.length / 8]);
    put32(option, 4, Math.min(validity, 0xffffffff));
    for (const [index, server] of servers.entries()) writeAddress(option, 8 + 16 * index, server);
    parts.push(option);
  }
  const flags = (managed ? 0x80 : 0) | (other ? 0x40 : 0) | preferenceFlags(advertisement.preference);
  return { rest: hopLimit * 2 ** 24 + flags * 2 ** 16 + seconds, body: concatenate(parts) };
}

function emitPrefix(prefix: PrefixInformation): Uint8Array {
  const option = new Uint8Array(32);
  option.set([options.prefix, 4, prefix.length, (prefix.onLink ? 0x80 : 0) | (prefix.autonomous ? 0x40 : 0)]);
  put32(option, 4, Math.min(prefix.validFor, 0xffffffff));
  put32(option, 8, Math.min(prefix.preferredFor, 0xffffffff));
  writeAddress(option, 16, prefix.prefix);
  return option;
}

function emitRoute({ prefix, length, preference, lifetime: validity }: RouteInformation): Uint8Array {
  const option = new Uint8Array(24);
  option.set([options.route, 3, length, preferenceFlags(preference)]);
  put32(option, 4, Math.min(validity, 0xffffffff));
  writeAddress(option, 8, prefix);
  return option;
}

const preferenceFlags = (preference: -1 | 0 | 1): number => (preference & 3) << 3;

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
