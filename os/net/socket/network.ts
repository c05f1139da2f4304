/**
 * The contract between transports and the network layer below them (`os/net/stack`): packets in, and paths to send them
 * on. Both sides import this file and not each other.
 */
import type { Address } from '../wire/address.ts';

/** Protocol numbers. IANA, "Assigned Internet Protocol Numbers". */
export const protocols = { icmp: 1, tcp: 6, udp: 17, icmp6: 58 } as const;

/** A whole packet that was received for this host. The memory is the link's: copy what outlives the call. */
export interface ReceivedPacket {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly bytes: Uint8Array;
  /** Where the transport header starts, and where the packet ends. */
  readonly start: number;
  readonly end: number;
  /** TTL or hop limit. */
  readonly hopLimit: number;
  /** The transport checksum needs no check. */
  readonly checksumVerified: boolean;
  /** It came to a broadcast or multicast address, in the frame or in the packet. */
  readonly group: boolean;
  /** Name of the interface that it came in on. */
  readonly interface: string;
}

/** Why a packet does not get where it should: from ICMP, or because there is no way from here. */
export type Unreachable =
  | { readonly kind: 'no-route' }
  /** No answer from the neighbour (ARP, NDP). */
  | { readonly kind: 'no-neighbour' }
  | { readonly kind: 'port' }
  | { readonly kind: 'protocol' }
  | { readonly kind: 'prohibited' }
  | { readonly kind: 'host' }
  | { readonly kind: 'network' };

/** An ICMP error about a packet that this host sent: the quoted transport header, at least its first eight bytes. */
export interface IcmpError {
  /** Addresses of the packet that was sent: `source` is ours. */
  readonly source: Address;
  readonly destination: Address;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Not for 'too big': there the path's `maxPayload` has changed already. */
  readonly reason: Unreachable | { readonly kind: 'too-big' };
}

/** How a segment is to be finished by whoever can: the link, or the network layer in its stead. */
export interface SegmentFinish {
  /** Where in the transport header the checksum field is. Its content is ignored. */
  readonly checksumOffset: number;
  /** TCP: cut the payload into pieces of this size. Only if the path says so, and at most `path.maxSegmented`. */
  readonly segmentSize?: number;
  /** With `segmentSize`: length of the TCP header, which is repeated. */
  readonly headerLength?: number;
}

/** A packet under construction. Write the transport header and the payload from `start` on, then `send` or `cancel`. */
export interface OutgoingPacket {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  /** Sends the first `length` bytes from `start` on; the checksum is computed on the way, by the link if it can. */
  send(length: number, finish: SegmentFinish): void;
  cancel(): void;
}

export interface PacketOptions {
  /** Default 64, RFC 1122, section 3.2.1.7. */
  readonly hopLimit?: number;
  /** IPv4: neither fragment it here nor let others do it. TCP does so always. */
  readonly dontFragment?: boolean;
}

/** A way to one destination. It stays good: routes, neighbours and the path MTU may change beneath it. */
export interface Path {
  readonly source: Address;
  readonly destination: Address;
  /** The largest transport header and payload together that fit into one packet on this path now. */
  readonly maxPayload: number;
  /** With segmentation by the link: the largest transport header and payload to be cut; `maxPayload` if it does not cut. */
  readonly maxSegmented: number;
  /** The destination answered something: its neighbour is reachable (RFC 4861, section 7.3.1). */
  confirm(): void;
  /** The destination does not answer: its neighbour is in doubt. */
  doubt(): void;
  /**
   * Room for a packet with at most `length` bytes of transport header and payload.
   * @returns undefined when the link can take no more; the layer's `onWritable` tells when it can again.
   */
  begin(protocol: number, length: number, options?: PacketOptions): OutgoingPacket | undefined;
}

export interface NetworkLayer {
  /** The path to a destination, from a given address of this host or from the best one (RFC 6724). */
  path(destination: Address, source?: Address): Path | Unreachable;
  /** Whether this is an address of this host that can be used. */
  owns(address: Address): boolean;
}

export const isPath = (path: Path | Unreachable): path is Path => 'begin' in path;
