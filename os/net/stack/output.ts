/** From a destination to a path, and from a packet to a frame. */
import type { Clock } from '../environment/clock.ts';
import type { Random } from '../environment/random.ts';
import {
  isPath,
  type NetworkLayer,
  type OutgoingPacket,
  type PacketOptions,
  type Path,
  type SegmentFinish,
  type Unreachable,
} from '../socket/network.ts';
import {
  type Address,
  broadcast4,
  directedBroadcast,
  isIpv4,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
} from '../wire/address.ts';
import { ethernetHeader } from '../wire/ethernet.ts';
import { broadcastMac, type MacAddress, multicastMac } from '../wire/mac.ts';
import type { Counters } from './counters.ts';
import type { DeadGateways } from './dead-gateways.ts';
import { longestPayload, sendFragments } from './fragmentation.ts';
import { Identifications } from './identification.ts';
import type { Interface } from './interface.ts';
import type { Neighbour } from './neighbours.ts';
import {
  type Addressing,
  commitFrame,
  completeChecksum,
  DetachedPacket,
  DirectPacket,
  headerLength,
} from './packet.ts';
import type { PathMtus } from './path-mtu.ts';
import type { Route, RouteTable } from './routes.ts';
import { selectSource } from './source-selection.ts';

/** What paths stand on. */
export interface OutputContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly interfaces: ReadonlyMap<string, Interface>;
  readonly routes: RouteTable;
  readonly pathMtus: PathMtus;
  readonly deadGateways: DeadGateways;
  readonly counters: Counters;
  /** A packet for this host itself; `payload` is the callee's, its checksum complete. */
  readonly loopBack: (addressing: Addressing, payload: Uint8Array) => void;
  /** A packet could not be sent after its path was handed out. */
  readonly onUnreachable: (destination: Address, reason: Unreachable) => void;
}

/** Paths that are remembered; more only cost a look-up each. */
const mostPaths = 4096;

/** Where packets go first. `neighbour` undefined: to a group, or to this host itself. */
interface Hop {
  readonly on: Interface;
  readonly gateway: Address | undefined;
  readonly group: MacAddress | undefined;
  readonly own: boolean;
}

export class Output implements NetworkLayer {
  readonly context: OutputContext;
  readonly identifications: Identifications;
  /** Changes whenever a path may lead elsewhere, or be of another width. */
  generation = 0;
  readonly #paths = new Map<string, LivePath>();
  readonly #packets = new WeakMap<Interface, DirectPacket>();

  constructor(context: OutputContext) {
    this.context = context;
    this.identifications = new Identifications(context.random);
  }

  /** Something that paths depend on has changed. Those that are in use find their way anew, but keep their source. */
  invalidate(): void {
    this.generation += 1;
    this.#paths.clear();
  }

  owns(address: Address): boolean {
    if (isLoopback(address)) return this.context.interfaces.size > 0;
    for (const each of this.context.interfaces.values()) if (each.addresses.owns(address)) return true;
    return false;
  }

  path(destination: Address, source?: Address): Path | Unreachable {
    const key = source === undefined ? destination : destination + source;
    const known = this.#paths.get(key);
    if (known?.usable === true) return known;
    const hop = this.hop(destination, source);
    if (hop === undefined) {
      this.context.counters.ip.noRoute += 1;
      return { kind: 'no-route' };
    }
    const from = source ?? this.#source(hop, destination);
    if (from === undefined) return { kind: 'no-route' };
    const path = new LivePath(this, destination, from, undefined);
    for (const oldest of this.#paths.keys()) {
      if (this.#paths.size < mostPaths) break;
      this.#paths.delete(oldest);
    }
    this.#paths.set(key, path);
    return path;
  }

  /** A path that leaves by one interface, whatever the routes say; `source` may be unspecified. */
  pathVia(on: Interface, destination: Address, source?: Address): Path | Unreachable {
    const from = source ?? selectSource(on.addresses, destination);
    return from === undefined ? { kind: 'no-route' } : new LivePath(this, destination, from, on);
  }

  /** Sends one packet on a path that leaves by `on`. @returns false when there is no way or no room */
  sendVia(on: Interface, addressing: Omit<Addressing, 'on'>, payload: Uint8Array, checksumOffset: number): boolean {
    const path = this.pathVia(on, addressing.destination, addressing.source);
    const packet = isPath(path) ? path.begin(addressing.protocol, payload.length, addressing.options) : undefined;
    if (packet === undefined) return false;
    packet.bytes.set(payload, packet.start);
    packet.send(payload.length, { checksumOffset });
    return true;
  }

  /** The first hop to a destination by the routes; undefined when there is none. */
  hop(destination: Address, source: Address | undefined): Hop | undefined {
    const { interfaces } = this.context;
    if (isUnspecified(destination)) return undefined;
    const [first] = interfaces.values();
    if (isLoopback(destination) && first !== undefined) return this.hopVia(first, destination);
    for (const on of interfaces.values()) {
      if (on.addresses.owns(destination)) return { on, gateway: undefined, group: undefined, own: true };
    }
    // RFC 1122, section 3.2.1.3 (g): loopback addresses never leave the host.
    if (isLoopback(destination) || (source !== undefined && isLoopback(source))) return undefined;
    if (isMulticast(destination) || destination === broadcast4 || isLinkLocal(destination)) {
      const on = this.#interfaceFor(destination, source);
      return on === undefined ? undefined : this.hopVia(on, destination);
    }
    const route = this.#route(destination, source);
    const on = route === undefined ? undefined : interfaces.get(route.interface);
    return on === undefined ? undefined : this.hopVia(on, destination, route?.gateway);
  }

  /** The first hop when the interface is given. */
  hopVia(on: Interface, destination: Address, gateway?: Address): Hop {
    const own = on.addresses.owns(destination) || isLoopback(destination);
    return { on, gateway: gateway ?? destination, group: this.#groupMac(on, destination), own };
  }

  packetOf(on: Interface): DirectPacket {
    let packet = this.#packets.get(on);
    if (packet === undefined) {
      const sent = () => {
        this.context.counters.ip.sent += 1;
      };
      packet = new DirectPacket((destination) => this.identifications.next(destination), sent);
      this.#packets.set(on, packet);
    }
    return packet;
  }

  #route(destination: Address, source: Address | undefined): Route | undefined {
    const { interfaces, routes, clock } = this.context;
    const usable = ({ interface: name, expiresAt }: Route): boolean => {
      const on = interfaces.get(name);
      if (on === undefined || !on.link.up || expiresAt <= clock.now) return false;
      return source === undefined || isUnspecified(source) || on.addresses.owns(source);
    };
    // RFC 4861, section 6.3.6: a router that does not answer is not chosen while another may.
    const answering = ({ interface: name, gateway }: Route): boolean => {
      const on = interfaces.get(name);
      return gateway === undefined || on === undefined || !this.context.deadGateways.has(on, gateway);
    };
    return routes.lookup(destination, usable, answering);
  }

  /** Destinations that mean something on each link: the source decides, or the first interface that is up. */
  #interfaceFor(destination: Address, source: Address | undefined): Interface | undefined {
    const up = [...this.context.interfaces.values()].filter(({ link }) => link.up);
    if (source !== undefined && !isUnspecified(source)) return up.find(({ addresses }) => addresses.owns(source));
    return up.find(({ addresses }) => selectSource(addresses, destination) !== undefined);
  }

  #groupMac(on: Interface, destination: Address): MacAddress | undefined {
    if (isMulticast(destination)) return multicastMac(destination);
    if (!isIpv4(destination)) return undefined;
    return isBroadcast(on, destination) ? broadcastMac : undefined;
  }

  /** RFC 6724, section 4: of the interface that the packet leaves by, and if it has none, of any. */
  #source({ on, own }: Hop, destination: Address): Address | undefined {
    if (own) return destination;
    const here = selectSource(on.addresses, destination);
    if (here !== undefined) return here;
    const all = [...this.context.interfaces.values()].flatMap(({ addresses }) => [...addresses]);
    return selectSource(
      all.filter(({ address }) => !isLinkLocal(address)),
      destination,
    );
  }
}

/** Whether an IPv4 address is a broadcast on this interface: RFC 1122, section 3.2.1.3. */
export function isBroadcast(on: Interface, destination: Address): boolean {
  if (destination === broadcast4) return true;
  for (const { address, prefixLength } of on.addresses) {
    if (isIpv4(address) && prefixLength < 31 && destination === directedBroadcast(address, prefixLength)) return true;
  }
  return false;
}

class LivePath implements Path {
  readonly source: Address;
  readonly destination: Address;
  readonly #output: Output;
  readonly #via: Interface | undefined;
  #generation = -1;
  #hop: Hop | undefined;
  #neighbour: Neighbour | undefined;
  #maxPayload = 0;
  #addressing: Addressing | undefined;

  constructor(output: Output, destination: Address, source: Address, via: Interface | undefined) {
    this.#output = output;
    this.destination = destination;
    this.source = source;
    this.#via = via;
  }

  get usable(): boolean {
    this.#refresh();
    return this.#hop !== undefined && (isUnspecified(this.source) || this.#output.owns(this.source));
  }

  get maxPayload(): number {
    this.#refresh();
    return this.#maxPayload;
  }

  get maxSegmented(): number {
    this.#refresh();
    const segmentation = this.#hop?.own === false ? this.#hop.on.link.offload.segmentation : 0;
    const header = headerLength(this.destination);
    return Math.max(this.#maxPayload, Math.min(segmentation - ethernetHeader, 65_535) - header);
  }

  confirm(): void {
    if (this.#neighbour !== undefined) this.#hop?.on.neighboursOf(this.destination).confirm(this.#neighbour);
  }

  doubt(): void {
    if (this.#neighbour !== undefined) this.#hop?.on.neighboursOf(this.destination).doubt(this.#neighbour);
  }

  begin(protocol: number, length: number, options?: PacketOptions): OutgoingPacket | undefined {
    this.#refresh();
    const hop = this.#hop;
    if (hop === undefined) return this.#nowhere(length);
    const addressing = this.#addressingFor(hop.on, protocol, options);
    const fits = length <= this.#maxPayload || options?.dontFragment === true;
    const mac = hop.own || !fits ? undefined : this.#mac(hop);
    if (mac === undefined)
      return new DetachedPacket(length, (payload, finish) => this.#detour(addressing, payload, finish));
    const room = hop.on.link.reserve(ethernetHeader + headerLength(this.destination) + length);
    if (room === undefined) {
      this.#output.context.counters.ip.linkFull += 1;
      return undefined;
    }
    return this.#output.packetOf(hop.on).open(room, addressing, mac);
  }

  /** The way is gone for now: what is sent is lost, and whoever waits for an answer is told. */
  #nowhere(length: number): OutgoingPacket {
    const { counters, onUnreachable } = this.#output.context;
    return new DetachedPacket(length, () => {
      counters.ip.noRoute += 1;
      onUnreachable(this.destination, { kind: 'no-route' });
    });
  }

  #refresh(): void {
    const output = this.#output;
    if (this.#generation === output.generation) return;
    this.#generation = output.generation;
    this.#neighbour = undefined;
    this.#addressing = undefined;
    const via = this.#via;
    this.#hop = via === undefined ? output.hop(this.destination, this.source) : output.hopVia(via, this.destination);
    if (this.#hop === undefined) return;
    const family = isIpv4(this.destination) ? 4 : 6;
    // What never leaves the host has the room of the longest packet.
    const mtu = this.#hop.own ? 65_535 : this.#hop.on.mtu(family);
    this.#maxPayload = output.context.pathMtus.get(this.destination, mtu) - headerLength(this.destination);
  }

  /** The same object for the same protocol and options: most packets of a path are alike. */
  #addressingFor(on: Interface, protocol: number, options: PacketOptions | undefined): Addressing {
    const last = this.#addressing;
    if (last !== undefined && last.protocol === protocol && last.options === options) return last;
    this.#addressing = { on, source: this.source, destination: this.destination, protocol, options };
    return this.#addressing;
  }

  #mac(hop: Hop): MacAddress | undefined {
    if (hop.group !== undefined) return hop.group;
    const cache = hop.on.neighboursOf(this.destination);
    if (this.#neighbour === undefined || this.#neighbour.state === 'failed') {
      this.#neighbour = cache.resolve(hop.gateway ?? this.destination);
    }
    return cache.use(this.#neighbour);
  }

  /** Back to this host, or on when the neighbour is known, in as many pieces as it takes. */
  #detour(addressing: Addressing, payload: Uint8Array, finish: SegmentFinish): void {
    const hop = this.#hop;
    if (hop === undefined || payload.length > longestPayload(this.destination)) return;
    if (hop.own) {
      completeChecksum(payload, 0, payload.length, addressing, finish.checksumOffset);
      this.#output.context.loopBack(addressing, payload);
      return;
    }
    const mac = this.#mac(hop);
    if (mac !== undefined) {
      this.#emit(addressing, mac, payload, finish);
      return;
    }
    if (this.#neighbour === undefined) return;
    hop.on.neighboursOf(this.destination).wait(this.#neighbour, {
      length: payload.length,
      send: (found) => this.#emit(addressing, found, payload, finish),
      fail: () => this.#output.context.onUnreachable(this.destination, { kind: 'no-neighbour' }),
    });
  }

  #emit(addressing: Addressing, mac: MacAddress, payload: Uint8Array, finish: SegmentFinish): void {
    const { counters } = this.#output.context;
    const { on, destination, options } = addressing;
    if (payload.length > this.#maxPayload && options?.dontFragment !== true) {
      completeChecksum(payload, 0, payload.length, addressing, finish.checksumOffset);
      const mtu = this.#maxPayload + headerLength(destination);
      counters.ip.fragmented += sendFragments(
        addressing,
        mac,
        payload,
        mtu,
        this.#output.identifications.next(destination),
      );
      return;
    }
    const room = on.link.reserve(ethernetHeader + headerLength(destination) + payload.length);
    if (room === undefined) {
      counters.ip.linkFull += 1;
      return;
    }
    room.bytes.set(payload, room.start + ethernetHeader + headerLength(destination));
    commitFrame(room, addressing, mac, payload.length, finish, this.#output.identifications.next(destination) & 0xffff);
    counters.ip.sent += 1;
  }
}
