/**
 * What the network daemon tells about the network: plain values, as they go through JSON. Addresses are texts here; times
 * are seconds.
 */

export interface AddressStatus {
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 4 | 6;
  /** `tentative`: duplicate address detection is under way. `duplicate`: somebody else has it; it is not used. */
  readonly state: 'tentative' | 'preferred' | 'deprecated' | 'duplicate';
  readonly origin: 'static' | 'dhcp' | 'slaac' | 'link-local' | 'loopback';
  /** Seconds left; null is for ever. */
  readonly validFor: number | null;
  readonly preferredFor: number | null;
}

/** Where a lease of DHCP stands: RFC 2131, section 4.4, and RFC 8415, section 18. */
export interface LeaseStatus {
  readonly protocol: 'dhcp4' | 'dhcp6';
  readonly state: string;
  readonly server: string | null;
  readonly address: string | null;
  /** Seconds left; null without a lease or for ever. */
  readonly renewIn: number | null;
  readonly rebindIn: number | null;
  readonly expiresIn: number | null;
}

export interface InterfaceStatus {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
  readonly mtu: number;
  /** Whether there is a carrier. */
  readonly up: boolean;
  readonly addresses: readonly AddressStatus[];
  readonly leases: readonly LeaseStatus[];
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly receivedErrors: number;
  readonly receivedDropped: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly sentDropped: number;
}

export interface RouteStatus {
  /** `0.0.0.0/0`, `2001:db8::/64` */
  readonly destination: string;
  /** null: the destination is on the link. */
  readonly gateway: string | null;
  readonly interface: string;
  readonly metric: number;
  readonly origin: 'static' | 'dhcp' | 'ra' | 'connected' | 'redirect';
  readonly expiresIn: number | null;
}

export interface NeighbourStatus {
  readonly address: string;
  readonly interface: string;
  /** null while it is not known. */
  readonly mac: string | null;
  /** RFC 4861, section 7.3.2; ARP's entries use the same states. */
  readonly state: 'incomplete' | 'reachable' | 'stale' | 'delay' | 'probe' | 'failed';
  readonly router: boolean;
}

export interface SocketStatus {
  readonly protocol: 'tcp' | 'udp';
  /** TCP's state (`established`), or `bound` for UDP. */
  readonly state: string;
  /** `192.0.2.1:80`, `[2001:db8::1]:80`, `*:80` */
  readonly local: string;
  readonly remote: string | null;
  readonly sendQueue: number;
  readonly receiveQueue: number;
  /** Milliseconds, TCP only. */
  readonly roundTrip: number | null;
  readonly congestionWindow: number | null;
  readonly retransmits: number | null;
}

export interface NetworkStatus {
  readonly stack: 'panos' | 'kernel';
  readonly hostname: string;
  readonly interfaces: readonly InterfaceStatus[];
  readonly routes: readonly RouteStatus[];
  readonly neighbours: readonly NeighbourStatus[];
  /** Name servers in the order in which they are asked. */
  readonly nameServers: readonly string[];
  readonly searchDomains: readonly string[];
  /** Counters by protocol and name: `{ "ip": { "received": 7 }, "tcp": { "retransmits": 0 } }` */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What the time service knows; null before the first answer. */
  readonly clock: { readonly server: string; readonly offset: number; readonly roundTrip: number } | null;
}
