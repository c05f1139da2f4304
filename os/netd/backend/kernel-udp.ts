/** UDP of Linux behind the contract of ours, through `node:dgram`. */
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Unreachable } from '../../net/socket/network.ts';
import type { Datagram, SendOptions, UdpSocket } from '../../net/socket/udp-contract.ts';
import {
  type Address,
  type Endpoint,
  formatAddress,
  isIpv4,
  isIpv6,
  parseAddress,
  unmapped,
  unspecified4,
  unspecified6,
} from '../../net/wire/address.ts';
import type { UdpPlace } from './backend.ts';

class KernelUdpSocket implements UdpSocket {
  readonly local: { readonly address: Address | undefined; readonly port: number };
  onDatagram: ((datagram: Datagram) => void) | undefined;
  /** Linux tells this only of connected sockets: never called. */
  onError: ((remote: Endpoint, reason: Unreachable) => void) | undefined;
  readonly #socket: Socket;
  readonly #ipv6: boolean;
  #open = true;

  constructor(socket: Socket, place: UdpPlace) {
    this.#socket = socket;
    this.#ipv6 = place.address === undefined || isIpv6(place.address);
    this.local = { address: place.address, port: socket.address().port };
    socket.on('message', (payload, { address, port }) => {
      const parsed = parseAddress(address.replace(/%.*/, ''));
      if (parsed === undefined) return;
      const remote = { address: unmapped(parsed), port };
      const destination = place.address ?? (isIpv4(remote.address) ? unspecified4 : unspecified6);
      this.onDatagram?.({ remote, destination, payload, interface: '', hopLimit: 0 });
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#open = false;
    });
  }

  send(payload: Uint8Array, remote: Endpoint, options: SendOptions = {}): boolean {
    if (!this.#open || (isIpv6(remote.address) && !this.#ipv6)) return false;
    try {
      if (options.hopLimit !== undefined) {
        this.#socket.setTTL(options.hopLimit);
        this.#socket.setMulticastTTL(options.hopLimit);
      }
      const text = formatAddress(remote.address);
      const scope = options.interface === undefined || isIpv4(remote.address) ? '' : `%${options.interface}`;
      // A socket of both families reaches IPv4 by mapped addresses: RFC 4291, section 2.5.5.2.
      const address = this.#ipv6 && isIpv4(remote.address) ? `::ffff:${text}` : `${text}${scope}`;
      // The error, as everywhere: what cannot be sent is lost.
      this.#socket.send(payload, remote.port, address, () => {});
      return true;
    } catch {
      return false;
    }
  }

  join(group: Address, interfaceName?: string): void {
    const own = interfaceName === undefined ? undefined : networkInterfaces()[interfaceName];
    const ipv4 = own?.find(({ family }) => family === 'IPv4')?.address;
    const through = isIpv4(group) ? ipv4 : interfaceName === undefined ? undefined : `::%${interfaceName}`;
    try {
      this.#socket.addMembership(formatAddress(group), through);
    } catch {
      // It is in the group already, or there is no such interface: nothing will come.
    }
  }

  close(): void {
    if (this.#open) this.#socket.close();
    this.#open = false;
  }
}

/** Rejects with an Error whose `code` is EADDRINUSE or EADDRNOTAVAIL. */
export async function openKernelUdp(place: UdpPlace): Promise<UdpSocket> {
  const type = place.address !== undefined && isIpv4(place.address) ? 'udp4' : 'udp6';
  const socket = createSocket({ type, reuseAddr: place.shared === true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    const address = place.address === undefined ? {} : { address: formatAddress(place.address) };
    socket.bind({ port: place.port ?? 0, ...address }, () => {
      socket.removeListener('error', reject);
      resolve();
    });
  });
  return new KernelUdpSocket(socket, place);
}
