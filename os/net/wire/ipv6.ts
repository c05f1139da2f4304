/** The IPv6 header and its extension headers: RFC 8200. */
import { type Address, readIpv6, writeAddress } from './address.ts';
import { put16, put32, u16, u32 } from './bytes.ts';

export const ipv6Header = 40;
export const fragmentHeader = 8;

/** Next-header values of the headers between IPv6 and its payload. RFC 8200, section 4.1; IANA. */
export const extensions = { hopByHop: 0, routing: 43, fragment: 44, none: 59, destination: 60 } as const;

export interface Ipv6Packet {
  readonly source: Address;
  readonly destination: Address;
  readonly nextHeader: number;
  readonly hopLimit: number;
  /** Where the first header after this one starts, and where the packet ends. */
  readonly start: number;
  readonly end: number;
}

/** The packet from `start` on; undefined when it is cut short. Jumbograms (RFC 2675) do not fit into a frame. */
export function parseIpv6(bytes: Uint8Array, start: number, end: number): Ipv6Packet | undefined {
  if (end - start < ipv6Header || (bytes[start] as number) >> 4 !== 6) return undefined;
  const length = u16(bytes, start + 4);
  if (start + ipv6Header + length > end) return undefined;
  return {
    source: readIpv6(bytes, start + 8),
    destination: readIpv6(bytes, start + 24),
    nextHeader: bytes[start + 6] as number,
    hopLimit: bytes[start + 7] as number,
    start: start + ipv6Header,
    end: start + ipv6Header + length,
  };
}

export interface Ipv6Fields {
  readonly source: Address;
  readonly destination: Address;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly payloadLength: number;
}

/** Writes a header of {@link ipv6Header} bytes at `at`. */
export function emitIpv6(bytes: Uint8Array, at: number, fields: Ipv6Fields): void {
  put32(bytes, at, 0x60000000);
  put16(bytes, at + 4, fields.payloadLength);
  bytes[at + 6] = fields.nextHeader;
  bytes[at + 7] = fields.hopLimit;
  writeAddress(bytes, at + 8, fields.source);
  writeAddress(bytes, at + 24, fields.destination);
}

/** RFC 8200, section 4.5. */
export interface Fragment {
  readonly nextHeader: number;
  readonly identification: number;
  /** Bytes. */
  readonly offset: number;
  readonly more: boolean;
  /** Where the fragment's part of the packet starts. */
  readonly start: number;
}

/** What stands behind the extension headers of a packet. */
export type Upper =
  | {
      readonly kind: 'payload';
      readonly protocol: number;
      readonly start: number;
      /** Where the value stands that names the protocol, in bytes from the IPv6 header on. */
      readonly pointer: number;
    }
  | { readonly kind: 'fragment'; readonly fragment: Fragment }
  /** To be answered with a Parameter Problem (RFC 4443, section 3.4). `pointer`: where, in bytes from the IPv6 header on. */
  | { readonly kind: 'problem'; readonly code: 0 | 1 | 2 | 3; readonly pointer: number }
  | { readonly kind: 'drop' };

const drop: Upper = { kind: 'drop' };

/** No honest packet has more. */
const mostHeaders = 8;

interface Walk {
  readonly bytes: Uint8Array;
  /** Where the IPv6 header is. */
  readonly packet: number;
  readonly end: number;
  /** It came to a group address. */
  readonly multicast: boolean;
  /**
   * It goes on behind a fragment header, or in what fragments were put together to: where the value stands that names the
   * first header. Options for every hop cannot be there.
   */
  readonly behindFragment?: number;
}

/**
 * Walks over the extension headers of a packet whose header starts at `packet`.
 * @param first the first next-header value, and where that header starts
 */
export function walkExtensions(walk: Walk, first: number, start: number): Upper {
  const { bytes, packet, end, multicast, behindFragment } = walk;
  let protocol = first;
  let at = start;
  let pointer = behindFragment ?? packet + 6;
  for (let count = 0; count <= mostHeaders; count++) {
    switch (protocol) {
      case extensions.hopByHop:
      case extensions.routing:
      case extensions.destination: {
        // Options for every hop stand directly behind the IPv6 header; elsewhere they are unknown: sections 4 and 4.3.
        if (protocol === extensions.hopByHop && (count > 0 || behindFragment !== undefined)) {
          return { kind: 'problem', code: 1, pointer: pointer - packet };
        }
        if (at + 8 > end) return drop;
        const length = ((bytes[at + 1] as number) + 1) * 8;
        if (at + length > end) return drop;
        const verdict =
          protocol === extensions.routing
            ? routingHeader(bytes, at, packet)
            : walkOptions(bytes, at + 2, at + length, packet, multicast);
        if (verdict !== undefined) return verdict;
        pointer = at;
        protocol = bytes[at] as number;
        at += length;
        break;
      }
      case extensions.fragment: {
        if (at + fragmentHeader > end) return drop;
        const offset = u16(bytes, at + 2);
        const fragment: Fragment = {
          nextHeader: bytes[at] as number,
          identification: u32(bytes, at + 4),
          offset: offset & 0xfff8,
          more: (offset & 1) === 1,
          start: at + fragmentHeader,
        };
        return { kind: 'fragment', fragment };
      }
      case extensions.none:
        return drop;
      default:
        return { kind: 'payload', protocol, start: at, pointer: pointer - packet };
    }
  }
  return drop;
}

/** What is behind the headers that have a length, wrong ones included: for judging a packet that is refused. */
export function behindExtensions(bytes: Uint8Array, first: number, start: number, end: number) {
  let [protocol, at] = [first, start];
  for (let count = 0; count < mostHeaders && skippable.has(protocol) && at + 8 <= end; count++) {
    protocol = bytes[at] as number;
    at += ((bytes[at + 1] as number) + 1) * 8;
  }
  return { protocol, start: at };
}

const skippable: ReadonlySet<number> = new Set([extensions.hopByHop, extensions.routing, extensions.destination]);

/** Type 0 is deprecated (RFC 5095), and no other is for hosts: with segments left it is a problem, otherwise passed over. */
function routingHeader(bytes: Uint8Array, at: number, packet: number): Upper | undefined {
  return bytes[at + 3] === 0 ? undefined : { kind: 'problem', code: 0, pointer: at + 2 - packet };
}

/** Section 4.2: the two highest bits of an unknown option's type say what to do about it. */
function walkOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  packet: number,
  multicast: boolean,
): Upper | undefined {
  for (let at = start; at < end; ) {
    const type = bytes[at] as number;
    if (type === 0) {
      at += 1;
      continue;
    }
    if (at + 2 > end || at + 2 + (bytes[at + 1] as number) > end) return drop;
    // Padding (1) and router alert (5, RFC 2711) mean nothing to a host.
    if (type !== 1 && type !== 5) {
      const action = type >> 6;
      if (action === 1 || (action === 3 && multicast)) return drop;
      if (action >= 2) return { kind: 'problem', code: 2, pointer: at - packet };
    }
    at += 2 + (bytes[at + 1] as number);
  }
  return undefined;
}

/** Writes a fragment header of {@link fragmentHeader} bytes at `at`. */
export function emitFragment(bytes: Uint8Array, at: number, fragment: Omit<Fragment, 'start'>): void {
  bytes[at] = fragment.nextHeader;
  bytes[at + 1] = 0;
  put16(bytes, at + 2, fragment.offset | (fragment.more ? 1 : 0));
  put32(bytes, at + 4, fragment.identification);
}
