/**
 * Internet addresses as values. An {@link Address} is a string of UTF-16 units that are the address itself, in network
 * order: two units are IPv4, eight are IPv6. So addresses compare with `===`, are keys of maps, cost one small object,
 * and are read off a packet without a text being made. For people there is {@link formatAddress}; a packed address is
 * never shown.
 */
declare const packed: unique symbol;
export type Address = string & { readonly [packed]: 'address' };

/** A transport's end of a connection. */
export interface Endpoint {
  readonly address: Address;
  readonly port: number;
}

const pack = (...units: number[]): Address => String.fromCharCode(...units) as Address;

export const isIpv4 = (address: Address): boolean => address.length === 2;
export const isIpv6 = (address: Address): boolean => address.length === 8;

/** Length on the wire: 4 or 16 bytes. */
export const byteLength = (address: Address): number => address.length * 2;

export const unspecified4: Address = pack(0, 0);
export const unspecified6: Address = pack(0, 0, 0, 0, 0, 0, 0, 0);
/** The limited broadcast address, 255.255.255.255. RFC 919, section 7. */
export const broadcast4: Address = pack(0xffff, 0xffff);
/** All nodes and all routers on the link, ff02::1 and ff02::2. RFC 4291, section 2.7.1. */
export const allNodes: Address = pack(0xff02, 0, 0, 0, 0, 0, 0, 1);
export const allRouters: Address = pack(0xff02, 0, 0, 0, 0, 0, 0, 2);

/** The IPv4 address in the four bytes at `offset`. */
export const readIpv4 = (bytes: Uint8Array, offset: number): Address =>
  String.fromCharCode(unit(bytes, offset), unit(bytes, offset + 2)) as Address;

/** The IPv6 address in the sixteen bytes at `offset`. */
export const readIpv6 = (bytes: Uint8Array, offset: number): Address =>
  String.fromCharCode(
    unit(bytes, offset),
    unit(bytes, offset + 2),
    unit(bytes, offset + 4),
    unit(bytes, offset + 6),
    unit(bytes, offset + 8),
    unit(bytes, offset + 10),
    unit(bytes, offset + 12),
    unit(bytes, offset + 14),
  ) as Address;

const unit = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/** Writes an address of either family at `offset` and returns where it ends. */
export function writeAddress(bytes: Uint8Array, offset: number, address: Address): number {
  let at = offset;
  for (let index = 0; index < address.length; index++) {
    const value = address.charCodeAt(index);
    bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
  }
  return at;
}

/** The address's 4 or 16 bytes. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = new Uint8Array(byteLength(address));
  writeAddress(bytes, 0, address);
  return bytes;
}

/** An IPv4 address out of, or as, an unsigned 32-bit number. */
export const ipv4FromNumber = (value: number): Address => pack(value >>> 16, value & 0xffff);
export const ipv4ToNumber = (address: Address): number => address.charCodeAt(0) * 65536 + address.charCodeAt(1);

/** 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291). */
export const isMulticast = (address: Address): boolean =>
  isIpv4(address) ? address.charCodeAt(0) >> 12 === 0xe : address.charCodeAt(0) >> 8 === 0xff;

/** 127.0.0.0/8 or ::1. */
export const isLoopback = (address: Address): boolean =>
  isIpv4(address) ? address.charCodeAt(0) >> 8 === 127 : address === loopback6;
const loopback6 = pack(0, 0, 0, 0, 0, 0, 0, 1);

/** 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291). */
export const isLinkLocal = (address: Address): boolean =>
  isIpv4(address) ? address.charCodeAt(0) === 0xa9fe : (address.charCodeAt(0) & 0xffc0) === 0xfe80;

export const isUnspecified = (address: Address): boolean => address === unspecified4 || address === unspecified6;

/** Whether the first `length` bits of both are equal, and both are of one family. */
export function sharesPrefix(a: Address, b: Address, length: number): boolean {
  return a.length === b.length && commonPrefixLength(a, b) >= length;
}

/** How many leading bits two addresses of one family have in common. */
export function commonPrefixLength(a: Address, b: Address): number {
  const units = Math.min(a.length, b.length);
  for (let index = 0; index < units; index++) {
    const different = a.charCodeAt(index) ^ b.charCodeAt(index);
    if (different !== 0) return index * 16 + Math.clz32(different) - 16;
  }
  return units * 16;
}

/** The address with all bits after the first `length` cleared. */
export function networkOf(address: Address, length: number): Address {
  const units = Array.from({ length: address.length }, (_, index) => {
    const bits = Math.min(16, Math.max(0, length - index * 16));
    return address.charCodeAt(index) & ((0xffff << (16 - bits)) & 0xffff);
  });
  return pack(...units);
}

/** The network's directed broadcast address (RFC 919, section 7); of IPv4 only. */
export function directedBroadcast(address: Address, length: number): Address {
  const hostBits = length >= 32 ? 0 : 0xffffffff >>> length;
  return ipv4FromNumber((ipv4ToNumber(address) | hostBits) >>> 0);
}

/** First the network's bits of `prefix`, then the bits of `host`. */
export function combine(prefix: Address, length: number, host: Address): Address {
  const units = Array.from({ length: prefix.length }, (_, index) => {
    const bits = Math.min(16, Math.max(0, length - index * 16));
    const mask = (0xffff << (16 - bits)) & 0xffff;
    return (prefix.charCodeAt(index) & mask) | (host.charCodeAt(index) & ~mask & 0xffff);
  });
  return pack(...units);
}

/** The solicited-node multicast address, ff02::1:ffXX:XXXX. RFC 4291, section 2.7.1. */
export const solicitedNode = (address: Address): Address =>
  pack(0xff02, 0, 0, 0, 0, 1, 0xff00 | (address.charCodeAt(6) & 0xff), address.charCodeAt(7));

/** An IPv4-mapped IPv6 address (::ffff:a.b.c.d) as the IPv4 address that it is; any other as it stands. RFC 4291, 2.5.5.2. */
export function unmapped(address: Address): Address {
  const mapped = address.length === 8 && address.startsWith('\0\0\0\0\0\uffff');
  return mapped ? (address.slice(6) as Address) : address;
}

/** An address as people write it: dotted quad, or the canonical form of RFC 5952. */
export function formatAddress(address: Address): string {
  return isIpv4(address) ? formatIpv4(address, 0) : formatIpv6(address);
}

function formatIpv4(address: string, from: number): string {
  const [high, low] = [address.charCodeAt(from), address.charCodeAt(from + 1)];
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

function formatIpv6(address: Address): string {
  if (unmapped(address) !== address) return `::ffff:${formatIpv4(address, 6)}`;
  const run = longestZeroRun(address);
  const text = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => address.charCodeAt(from + index).toString(16)).join(':');
  return run.length < 2 ? text(0, 8) : `${text(0, run.start)}::${text(run.start + run.length, 8)}`;
}

/** RFC 5952, section 4.2: the longest run of zeros, the first of equally long ones. */
function longestZeroRun(address: Address): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && address.charCodeAt(end) === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
    if (end > start) start = end;
  }
  return best;
}

/** The address that a text means, or undefined. IPv4 as four decimal numbers, IPv6 as RFC 4291, section 2.2; no zone. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [a, b, c, d] = match.slice(1).map(Number) as [number, number, number, number];
  // A leading zero would mean octal to some.
  const plain = match.slice(1).every((part) => part === '0' || !part.startsWith('0'));
  return plain && Math.max(a, b, c, d) < 256 ? pack((a << 8) | b, (c << 8) | d) : undefined;
}

function parseIpv6(text: string): Address | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return pack(...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...tail);
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      groups.push(quad.charCodeAt(0), quad.charCodeAt(1));
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`. */
export const formatEndpoint = ({ address, port }: Endpoint): string =>
  isIpv4(address) ? `${formatAddress(address)}:${port}` : `[${formatAddress(address)}]:${port}`;
