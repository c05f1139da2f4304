/** The network layer of one host: frames in, packets to the transports, and paths for what they send. */
import type { Clock, Timer } from '../environment/clock.ts';
import type { Random } from '../environment/random.ts';
import type { Link } from '../link/link.ts';
import type { Path, Unreachable } from '../socket/network.ts';
import type { TcpLayer } from '../socket/tcp/connection.ts';
import { Udp, type UdpNetwork } from '../socket/udp.ts';
import { type Address, allNodes, isIpv4, networkOf, solicitedNode } from '../wire/address.ts';
import type { MacAddress } from '../wire/mac.ts';
import { AddressTable, type HostAddress } from './address-table.ts';
import { announceArp, askArp, probeArp } from './arp.ts';
import { type Counters, zeroCounters } from './counters.ts';
import { DeadGateways } from './dead-gateways.ts';
import { Echo } from './echo.ts';
import { Input } from './input.ts';
import { Interface } from './interface.ts';
import { Membership, reportGroup } from './membership.ts';
import { NeighbourDiscovery } from './ndp.ts';
import { NeighbourCache } from './neighbours.ts';
import { Output } from './output.ts';
import { PathMtus } from './path-mtu.ts';
import { metrics, RouterDiscovery } from './router-discovery.ts';
import { RouteTable } from './routes.ts';
import { selectSource } from './source-selection.ts';

/** Destinations that are reported lost in one turn; a scan of a network need not hear of each. */
const mostLost = 256;

export interface StackEnvironment {
  readonly clock: Clock;
  readonly random: Random;
}

export interface StackEvents {
  /** Addresses, routes or carriers are not what they were. */
  onChange(): void;
  /** Somebody else has an address of ours; it is not used any more. */
  onDuplicate(on: Interface, address: HostAddress, owner: MacAddress): void;
  /** A carrier came or went, or the MTU changed. */
  onLinkChange(on: Interface): void;
}

export class Stack implements UdpNetwork {
  readonly clock: Clock;
  readonly counters: Counters = zeroCounters();
  readonly interfaces = new Map<string, Interface>();
  readonly routes: RouteTable;
  readonly udp: Udp;
  readonly echo: Echo;
  readonly routers: RouterDiscovery;
  readonly #random: Random;
  readonly #events: StackEvents;
  readonly #output: Output;
  readonly #ndp: NeighbourDiscovery;
  readonly #input: Input;
  readonly #pathMtus: PathMtus;
  readonly #membership: Membership;
  readonly #deadGateways: DeadGateways;
  /** Destinations that packets could not be sent to, and why. */
  readonly #lost = new Map<Address, Unreachable>();
  readonly #lostTurn: Timer;
  #tcp: TcpLayer | undefined;
  #order = 0;

  constructor({ clock, random }: StackEnvironment, events: StackEvents) {
    this.clock = clock;
    this.#random = random;
    this.#events = events;
    this.#pathMtus = new PathMtus(clock, () => this.#output.invalidate());
    this.#lostTurn = clock.timer(() => this.#tellUnreachable());
    const expiry = clock.timer(() => this.routes.expire());
    const arm = () => {
      const next = this.routes.nextExpiry;
      if (next === Number.POSITIVE_INFINITY) expiry.clear();
      else expiry.setAt(next);
    };
    const changed = () => {
      this.#changed();
      arm();
    };
    this.routes = new RouteTable(clock, changed, arm);
    const leadsOver = (on: Interface, gateway: Address) =>
      [...this.routes].some((route) => route.gateway === gateway && route.interface === on.name);
    this.#deadGateways = new DeadGateways(clock, leadsOver, () => this.#output.invalidate());
    this.#output = new Output({
      clock,
      random,
      interfaces: this.interfaces,
      routes: this.routes,
      pathMtus: this.#pathMtus,
      deadGateways: this.#deadGateways,
      counters: this.counters,
      loopBack: (addressing, payload) => this.#input.loopBack(addressing, payload),
      onUnreachable: (destination, reason) => this.#deferUnreachable(destination, reason),
    });
    this.udp = new Udp(this, random, this.counters.udp);
    this.echo = new Echo(clock, random, this.#output);
    this.#ndp = new NeighbourDiscovery(this.#output, random, (on, router) => this.routers.forgetRouter(on, router));
    this.routers = new RouterDiscovery(clock, random, this.#output, this.routes);
    this.#membership = new Membership(clock, random);
    this.#input = new Input({
      clock,
      output: this.#output,
      counters: this.counters,
      pathMtus: this.#pathMtus,
      udp: this.udp,
      tcp: () => this.#tcp,
      echo: this.echo,
      ndp: this.#ndp,
      routers: this.routers,
      membership: this.#membership,
    });
  }

  /** TCP is made from this layer, so it comes afterwards. */
  attachTcp(tcp: TcpLayer): void {
    this.#tcp = tcp;
  }

  /** Whether UDP datagrams to `port` are taken on this interface whatever address they are for: a DHCP client's need. */
  acceptAnyAddress(on: Interface, port: number | undefined): void {
    this.#input.acceptAnyAddress(on, port);
  }

  addInterface(link: Link): Interface {
    const { clock } = this;
    const cache = (ask: (target: Address, mac: MacAddress | undefined) => void) =>
      new NeighbourCache(clock, this.#random, {
        solicit: (target, mac) => {
          this.counters.neighbours.solicited += 1;
          ask(target, mac);
        },
        onFailure: (address) => {
          this.counters.neighbours.failed += 1;
          // RFC 4861, section 7.3.3: what was redirected to it goes to the router again.
          this.routes.remove(
            ({ origin, gateway, destination, interface: name }) =>
              origin === 'redirect' && name === link.name && (gateway ?? destination) === address,
          );
          this.#deadGateways.failed(on, address);
          this.#output.invalidate();
        },
        onOverflow: () => {
          this.counters.neighbours.overflow += 1;
        },
      });
    const addresses = new AddressTable(clock, this.#random, {
      probe: (address) => (isIpv4(address) ? probeArp(on, address) : this.#ndp.probe(on, address)),
      announce: (address) => (isIpv4(address) ? announceArp(on, address) : this.#ndp.announce(on, address)),
      onChange: (address) => this.#addressChanged(on, address),
      onLost: (address) => this.#addressLost(on, address),
      onConflict: () => {
        this.counters.neighbours.conflicts += 1;
      },
      onDuplicate: (address, owner) => {
        this.#events.onDuplicate(on, address, owner);
      },
    });
    const on: Interface = new Interface(link, this.#order++, addresses, {
      4: cache((target, mac) => {
        const source = selectSource(on.addresses, target);
        if (source !== undefined) askArp(on, source, target, mac);
      }),
      6: cache((target, mac) => this.#ndp.solicit(on, target, mac)),
    });
    this.interfaces.set(link.name, on);
    // RFC 4291, section 2.8; nobody has to be told of it (RFC 3810, section 6).
    on.joinGroup(allNodes);
    link.onFrame = (bytes, start, end, info) => this.#input.receive(on, bytes, start, end, info);
    link.onBatchEnd = () => {
      this.#tcp?.batchEnd();
      link.flush();
    };
    link.onWritable = () => this.#tcp?.writable();
    link.onChange = () => {
      this.#deadGateways.forget(on);
      this.#changed();
      this.#events.onLinkChange(on);
    };
    this.#changed();
    return on;
  }

  /** The link is gone; it is not closed here. */
  removeInterface(name: string): void {
    const on = this.interfaces.get(name);
    if (on === undefined) return;
    this.routers.stop(on);
    this.#membership.forget(on);
    this.#deadGateways.forget(on);
    for (const { address } of [...on.addresses]) on.addresses.remove(address);
    on.neighbours[4].clear();
    on.neighbours[6].clear();
    this.routes.remove((route) => route.interface === name);
    this.interfaces.delete(name);
    for (const event of ['onFrame', 'onBatchEnd', 'onWritable', 'onChange'] as const) on.link[event] = () => {};
    this.#changed();
  }

  path(destination: Address, source?: Address): Path | Unreachable {
    return this.#output.path(destination, source);
  }

  pathVia(interfaceName: string, destination: Address, source?: Address): Path | Unreachable {
    const on = this.interfaces.get(interfaceName);
    return on === undefined ? { kind: 'no-route' } : this.#output.pathVia(on, destination, source);
  }

  owns(address: Address): boolean {
    return this.#output.owns(address);
  }

  joinGroup(group: Address, interfaceName?: string): void {
    for (const on of this.#named(interfaceName)) {
      if (on.joinGroup(group)) reportGroup(on, group);
    }
  }

  leaveGroup(group: Address, interfaceName?: string): void {
    for (const on of this.#named(interfaceName)) on.leaveGroup(group);
  }

  /** Paths are looked up anew: an MTU or something else that they depend on has changed. */
  invalidate(): void {
    this.#changed();
  }

  /** Packets that wait for a neighbour to be found. */
  get waiting(): number {
    const caches = [...this.interfaces.values()].flatMap(({ neighbours }) => Object.values(neighbours));
    return caches.flatMap((cache) => [...cache]).reduce((total, { waiting }) => total + waiting.length, 0);
  }

  /** Hands everything that was sent to the links. */
  flush(): void {
    for (const { link } of this.interfaces.values()) link.flush();
  }

  *#named(interfaceName: string | undefined): Generator<Interface> {
    for (const on of this.interfaces.values()) {
      if (interfaceName === undefined || on.name === interfaceName) yield on;
    }
  }

  #changed(): void {
    this.#output.invalidate();
    this.#events.onChange();
  }

  #addressChanged(on: Interface, { address, prefixLength, state, origin }: HostAddress): void {
    if (state === 'tentative' && !isIpv4(address)) {
      const group = solicitedNode(address);
      if (!on.inGroup(group)) {
        on.joinGroup(group);
        reportGroup(on, group);
      }
    }
    // RFC 5942: of IPv6 prefixes, routers and people say what is on the link.
    const connected = isIpv4(address) || origin === 'static' || origin === 'link-local';
    if (connected && state !== 'duplicate' && prefixLength < address.length * 16) {
      this.routes.add({
        destination: networkOf(address, prefixLength),
        length: prefixLength,
        gateway: undefined,
        interface: on.name,
        metric: metrics.connected,
        origin: 'connected',
        expiresAt: Number.POSITIVE_INFINITY,
      });
    }
    this.#changed();
  }

  #addressLost(on: Interface, { address, prefixLength }: HostAddress): void {
    if (!isIpv4(address)) {
      this.#ndp.forget(address);
      const group = solicitedNode(address);
      const shared = [...on.addresses].some(
        (other) => !isIpv4(other.address) && solicitedNode(other.address) === group,
      );
      if (!shared) on.leaveGroup(group);
    }
    const network = networkOf(address, prefixLength);
    const others = [...on.addresses].some(
      (other) => on.addresses.owns(other.address) && networkOf(other.address, other.prefixLength) === network,
    );
    if (!others) {
      this.routes.remove(
        (route) => route.origin === 'connected' && route.interface === on.name && route.destination === network,
      );
    }
    this.#changed();
    this.#tcp?.addressLost(address);
  }

  /** A transport may be in the middle of sending when this is found: it is told a turn later. */
  #deferUnreachable(destination: Address, reason: Unreachable): void {
    if (this.#lost.size >= mostLost) return;
    this.#lost.set(destination, reason);
    this.#lostTurn.setIn(0);
  }

  #tellUnreachable(): void {
    const lost = [...this.#lost];
    this.#lost.clear();
    for (const [destination, reason] of lost) {
      this.#tcp?.unreachable(destination, reason);
      this.udp.unreachable(destination, reason);
      this.echo.unreachable(destination, reason);
    }
  }
}
