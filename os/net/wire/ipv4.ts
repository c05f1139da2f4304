/** The IPv4 header: RFC 791. */
import { type Address, readIpv4, writeAddress } from './address.ts';
import { put16, u16 } from './bytes.ts';
import { checksum, fold, sum } from './checksum.ts';

/** Without options; we send none. */
export const ipv4Header = 20;

export interface Ipv4Packet {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly hopLimit: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** Bytes. */
  readonly fragmentOffset: number;
  /** Where the payload starts and ends; what comes after is padding. */
  readonly start: number;
  readonly end: number;
}

const flagDontFragment = 0x4000;
const flagMoreFragments = 0x2000;

/** Loose and strict source route: RFC 791, section 3.1. */
const sourceRoutes = new Set([131, 137]);

/**
 * The packet from `start` on. Undefined when it is cut short, its header's checksum is wrong, or it carries a source route,
 * which RFC 7126, section 4.3, has dropped.
 */
export function parseIpv4(bytes: Uint8Array, start: number, end: number): Ipv4Packet | undefined {
  if (end - start < ipv4Header) return undefined;
  const first = bytes[start] as number;
  const headerLength = (first & 0x0f) * 4;
  const total = u16(bytes, start + 2);
  if (first >> 4 !== 4 || headerLength < ipv4Header || total < headerLength || start + total > end) return undefined;
  if (fold(sum(bytes, start, start + headerLength)) !== 0xffff) return undefined;
  if (headerLength > ipv4Header && hasSourceRoute(bytes, start + ipv4Header, start + headerLength)) return undefined;
  const fragment = u16(bytes, start + 6);
  return {
    source: readIpv4(bytes, start + 12),
    destination: readIpv4(bytes, start + 16),
    protocol: bytes[start + 9] as number,
    hopLimit: bytes[start + 8] as number,
    identification: u16(bytes, start + 4),
    dontFragment: (fragment & flagDontFragment) !== 0,
    moreFragments: (fragment & flagMoreFragments) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
    start: start + headerLength,
    end: start + total,
  };
}

function hasSourceRoute(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const type = bytes[at] as number;
    if (type === 0) return false;
    if (sourceRoutes.has(type)) return true;
    const length = type === 1 ? 1 : at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (length === 0) return false;
    at += length;
  }
  return false;
}

export interface Ipv4Fields {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly hopLimit: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments?: boolean;
  /** Bytes, a multiple of eight. */
  readonly fragmentOffset?: number;
  readonly payloadLength: number;
}

/** Writes a header of {@link ipv4Header} bytes at `at`, with its checksum. */
export function emitIpv4(bytes: Uint8Array, at: number, fields: Ipv4Fields): void {
  bytes[at] = 0x45;
  bytes[at + 1] = 0;
  put16(bytes, at + 2, ipv4Header + fields.payloadLength);
  put16(bytes, at + 4, fields.identification);
  const flags = (fields.dontFragment ? flagDontFragment : 0) | (fields.moreFragments === true ? flagMoreFragments : 0);
  put16(bytes, at + 6, flags | ((fields.fragmentOffset ?? 0) >> 3));
  bytes[at + 8] = fields.hopLimit;
  bytes[at + 9] = fields.protocol;
  put16(bytes, at + 10, 0);
  writeAddress(bytes, at + 12, fields.source);
  writeAddress(bytes, at + 16, fields.destination);
  put16(bytes, at + 10, checksum(sum(bytes, at, at + ipv4Header)));
}
