/** The contract of UDP towards its users: RFC 768. */
import type { Address, Endpoint } from '../wire/address.ts';
import type { Unreachable } from './network.ts';

export interface Datagram {
  readonly remote: Endpoint;
  /** The address that it was sent to. */
  readonly destination: Address;
  /** A copy; the receiver's own. */
  readonly payload: Uint8Array;
  readonly interface: string;
  readonly hopLimit: number;
}

export interface SendOptions {
  /** Leave by this interface. Needed for link-local and multicast destinations where there are several. */
  readonly interface?: string;
  readonly hopLimit?: number;
  /** The address that it is sent from, instead of the best one; may be unspecified. */
  readonly source?: Address;
}

export interface UdpSocket {
  readonly local: { readonly address: Address | undefined; readonly port: number };
  onDatagram: ((datagram: Datagram) => void) | undefined;
  /** ICMP said that a datagram to `remote` did not arrive. */
  onError: ((remote: Endpoint, reason: Unreachable) => void) | undefined;
  /** @returns false when it could not be sent: no route, or too long. */
  send(payload: Uint8Array, remote: Endpoint, options?: SendOptions): boolean;
  /** Joins a multicast group, on one interface or on all. */
  join(group: Address, interfaceName?: string): void;
  close(): void;
}

export interface UdpLayer {
  /**
   * Opens a socket. `address` undefined: every address of both families; port 0: a random one of 49152 to 65535 (RFC 6335).
   * `shared` lets several sockets have one port, for multicast.
   * @throws Error with `code` EADDRINUSE or EADDRNOTAVAIL
   */
  open(local?: { address?: Address; port?: number; interface?: string; shared?: boolean }): UdpSocket;
}
