/** UDP: RFC 768; RFC 1122, section 4.1; RFC 8085. */
import { below, type Random } from '../environment/random.ts';
import {
  type Address,
  type Endpoint,
  isIpv4,
  isLinkLocal,
  isMulticast,
  unspecified4,
  unspecified6,
} from '../wire/address.ts';
import { fold, pseudoHeader, sum } from '../wire/checksum.ts';
import { emitUdp, parseUdp, udpChecksumOffset, udpHeader } from '../wire/udp.ts';
import {
  type IcmpError,
  isPath,
  type NetworkLayer,
  type Path,
  protocols,
  type ReceivedPacket,
  type Unreachable,
} from './network.ts';
import type { SendOptions, UdpLayer, UdpSocket } from './udp-contract.ts';

/** What UDP needs of the network layer beside paths by the routes. */
export interface UdpNetwork extends NetworkLayer {
  /** A path that leaves by the named interface; `source` may be unspecified. */
  pathVia(interfaceName: string, destination: Address, source?: Address): Path | Unreachable;
  joinGroup(group: Address, interfaceName?: string): void;
  leaveGroup(group: Address, interfaceName?: string): void;
}

export interface UdpCounters {
  received: number;
  sent: number;
  noPort: number;
  badMessages: number;
}

export interface OpenOptions {
  readonly address?: Address;
  readonly port?: number;
  readonly interface?: string;
  readonly shared?: boolean;
}

/** RFC 6335, section 6: dynamic ports. */
const dynamic = { first: 49_152, count: 16_384 } as const;
/** Sockets of this host at most, so that a service that leaks them harms nobody else. */
const mostSockets = 8192;

class Socket implements UdpSocket {
  readonly local: { readonly address: Address | undefined; readonly port: number };
  readonly interface: string | undefined;
  readonly shared: boolean;
  readonly groups: { group: Address; interfaceName: string | undefined }[] = [];
  onDatagram: UdpSocket['onDatagram'];
  onError: UdpSocket['onError'];
  closed = false;
  readonly #layer: Udp;

  constructor(layer: Udp, address: Address | undefined, port: number, options: OpenOptions) {
    this.#layer = layer;
    this.local = { address, port };
    this.interface = options.interface;
    this.shared = options.shared ?? false;
  }

  send(payload: Uint8Array, remote: Endpoint, options?: SendOptions): boolean {
    if (this.closed) return false;
    return this.#layer.send(this, payload, remote, options);
  }

  join(group: Address, interfaceName?: string): void {
    if (this.closed) return;
    this.groups.push({ group, interfaceName });
    this.#layer.network.joinGroup(group, interfaceName);
  }

  close(): void {
    this.closed = true;
    this.#layer.forget(this);
  }
}

export class Udp implements UdpLayer {
  readonly network: UdpNetwork;
  readonly #random: Random;
  readonly #counters: UdpCounters;
  readonly #sockets = new Map<number, Socket[]>();
  #count = 0;

  constructor(network: UdpNetwork, random: Random, counters: UdpCounters) {
    this.network = network;
    this.#random = random;
    this.#counters = counters;
  }

  open(options: OpenOptions = {}): UdpSocket {
    const { address, port = 0, shared = false } = options;
    if (address !== undefined && !isMulticast(address) && !this.network.owns(address)) {
      throw failure('EADDRNOTAVAIL', 'the address is not one of this host');
    }
    if (this.#count >= mostSockets) throw failure('ENOBUFS', 'there are too many UDP sockets');
    const chosen = port === 0 ? this.#freePort() : port;
    const rivals = chosen === undefined ? [] : (this.#sockets.get(chosen) ?? []);
    const taken = rivals.some((rival) => overlaps(rival, options) && !(shared && rival.shared));
    if (chosen === undefined || taken) throw failure('EADDRINUSE', `UDP port ${port} is in use`);
    const socket = new Socket(this, address, chosen, options);
    this.#sockets.set(chosen, [...rivals, socket]);
    this.#count += 1;
    return socket;
  }

  *list(): Generator<UdpSocket> {
    for (const sockets of this.#sockets.values()) yield* sockets;
  }

  /** For sockets: sends from one. */
  send(socket: Socket, payload: Uint8Array, remote: Endpoint, options: SendOptions = {}): boolean {
    const path = this.#path(socket, remote.address, options.interface ?? socket.interface, options.source);
    if (!isPath(path) || udpHeader + payload.length > 65_535 - (isIpv4(remote.address) ? 20 : 0)) return false;
    const { hopLimit } = options;
    const packet = path.begin(
      protocols.udp,
      udpHeader + payload.length,
      hopLimit === undefined ? undefined : { hopLimit },
    );
    if (packet === undefined) return false;
    emitUdp(packet.bytes, packet.start, socket.local.port, remote.port, payload.length);
    packet.bytes.set(payload, packet.start + udpHeader);
    packet.send(udpHeader + payload.length, { checksumOffset: udpChecksumOffset });
    this.#counters.sent += 1;
    return true;
  }

  /** For sockets: closes one. */
  forget(socket: Socket): void {
    const { port } = socket.local;
    const all = this.#sockets.get(port) ?? [];
    const rest = all.filter((each) => each !== socket);
    if (rest.length === all.length) return;
    this.#count -= 1;
    if (rest.length === 0) this.#sockets.delete(port);
    else this.#sockets.set(port, rest);
    for (const { group, interfaceName } of socket.groups.splice(0)) this.network.leaveGroup(group, interfaceName);
  }

  /** From the network layer. @returns false when nobody listens there, so that the sender can be told */
  receive(packet: ReceivedPacket): boolean {
    const header = parseUdp(packet.bytes, packet.start, packet.end);
    if (header === undefined || !isIntact(packet, header.checksum, header.end)) {
      this.#counters.badMessages += 1;
      return true;
    }
    const remote = { address: packet.source, port: header.sourcePort };
    let found = false;
    // A listener may close sockets; those that are gone hear nothing.
    for (const socket of this.#sockets.get(header.destinationPort) ?? []) {
      if (socket.closed || !wants(socket, packet)) continue;
      found = true;
      this.#counters.received += 1;
      socket.onDatagram?.({
        remote,
        destination: packet.destination,
        payload: packet.bytes.slice(header.start, header.end),
        interface: packet.interface,
        hopLimit: packet.hopLimit,
      });
      if (!packet.group) break;
    }
    if (!found) this.#counters.noPort += 1;
    return found;
  }

  /** From the network layer: an error about a datagram of ours. */
  error({ source, destination, bytes, start, end, reason }: IcmpError): void {
    const header = end - start >= udpHeader ? { from: word(bytes, start), to: word(bytes, start + 2) } : undefined;
    if (header === undefined || reason.kind === 'too-big') return;
    for (const socket of this.#sockets.get(header.from) ?? []) {
      const { address } = socket.local;
      if (address === undefined || address === source) {
        socket.onError?.({ address: destination, port: header.to }, reason);
      }
    }
  }

  /** Whether the datagram that an error quotes can be of a socket. */
  recognises({ source, bytes, start, end }: IcmpError): boolean {
    const sockets = end - start < udpHeader ? [] : (this.#sockets.get(word(bytes, start)) ?? []);
    return sockets.some(({ local: { address } }) => address === undefined || address === source);
  }

  /** From the network layer: datagrams to `destination` do not even leave. The port is not known then, and given as 0. */
  unreachable(destination: Address, reason: Unreachable): void {
    for (const sockets of this.#sockets.values()) {
      for (const socket of sockets) socket.onError?.({ address: destination, port: 0 }, reason);
    }
  }

  #path(
    socket: Socket,
    destination: Address,
    interfaceName: string | undefined,
    wanted: Address | undefined,
  ): Path | Unreachable {
    const { address } = socket.local;
    const source = wanted ?? (address === undefined || isMulticast(address) ? undefined : address);
    if (interfaceName === undefined) return this.network.path(destination, source);
    const direct = isMulticast(destination) || isLinkLocal(destination) || destination === '\uffff\uffff';
    // By a given interface, but through its router, where the destination is far.
    if (!direct) {
      const path = this.network.path(destination, source);
      if (isPath(path)) return path;
    }
    const path = this.network.pathVia(interfaceName, destination, source);
    if (isPath(path)) return path;
    // A host without an address asks for one.
    return this.network.pathVia(interfaceName, destination, isIpv4(destination) ? unspecified4 : unspecified6);
  }

  /** RFC 6056, section 3.3.1: a random port, or the next that is free. */
  #freePort(): number | undefined {
    const start = below(this.#random, dynamic.count);
    for (let step = 0; step < dynamic.count; step++) {
      const port = dynamic.first + ((start + step) % dynamic.count);
      if (!this.#sockets.has(port)) return port;
    }
    return undefined;
  }
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

function isIntact(packet: ReceivedPacket, checksum: number, end: number): boolean {
  // RFC 8200, section 8.1: only IPv4 knows datagrams without a checksum.
  if (checksum === 0) return isIpv4(packet.source);
  if (packet.checksumVerified) return true;
  const { bytes, start, source, destination } = packet;
  return fold(sum(bytes, start, end, pseudoHeader(source, destination, protocols.udp, end - start))) === 0xffff;
}

function wants(socket: Socket, packet: ReceivedPacket): boolean {
  const { address } = socket.local;
  if (socket.interface !== undefined && socket.interface !== packet.interface) return false;
  if (address !== undefined && address !== packet.destination) return false;
  if (!isMulticast(packet.destination)) return true;
  // The solicited sockets only: being in a group is the socket's business, not the host's.
  return socket.groups.some(
    ({ group, interfaceName }) =>
      group === packet.destination && (interfaceName === undefined || interfaceName === packet.interface),
  );
}

function overlaps(socket: Socket, { address, interface: name }: OpenOptions): boolean {
  const sameAddress = socket.local.address === undefined || address === undefined || socket.local.address === address;
  const sameInterface = socket.interface === undefined || name === undefined || socket.interface === name;
  return sameAddress && sameInterface;
}

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
