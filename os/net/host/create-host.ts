/** A host put together: stack, TCP, resolver and the configuration of each interface. */
import type { NetSettings } from '../../settings/net.ts';
import type { NetworkStatus, SocketStatus } from '../../sockets/status.ts';
import type { Link } from '../link/link.ts';
import { destinationOrder } from '../socket/dns/destination-order.ts';
import { DnsResolver } from '../socket/dns/resolver.ts';
import { isPath } from '../socket/network.ts';
import { createTcp, type Tcp } from '../socket/tcp/tcp.ts';
import type { UdpLayer } from '../socket/udp-contract.ts';
import { Stack } from '../stack/stack.ts';
import { type Address, formatAddress, parseAddress } from '../wire/address.ts';
import type { EchoSession, Host, HostEnvironment } from './host.ts';
import { InterfaceConfiguration } from './interface-configuration.ts';
import { rememberedSecret } from './interface-identifier.ts';
import { MulticastDns } from './multicast-dns.ts';
import { interfaceStatus, neighbourStatus, routeStatus, tcpStatus, udpStatus } from './status.ts';

/** Milliseconds that the end of a host may take, and how often it is looked whether it still has something to say. */
const longestFarewell = 500;
const farewellStep = 5;

/** A host without links and settings yet. */
export const createHost = (environment: HostEnvironment): Host => new ConfiguredHost(environment);

class ConfiguredHost implements Host {
  readonly resolver: DnsResolver;
  onChange: () => void = () => {};
  readonly #environment: HostEnvironment;
  readonly #stack: Stack;
  readonly #tcp: Tcp;
  readonly #secret: string;
  readonly #mdns: MulticastDns;
  readonly #configurations = new Map<string, InterfaceConfiguration>();
  #settings: NetSettings | undefined;
  #hostname = '';

  constructor(environment: HostEnvironment) {
    this.#environment = environment;
    const { clock, random, memory } = environment;
    this.#secret = rememberedSecret(memory, random);
    this.#stack = new Stack(environment, {
      onChange: () => this.#changed(),
      onDuplicate: (on, address, owner) => this.#configurations.get(on.name)?.duplicate(address, owner),
      onLinkChange: (on) => this.#configurations.get(on.name)?.linkChanged(),
    });
    this.#tcp = createTcp({
      clock,
      random,
      network: this.#stack,
      onCallbackError: (error) => environment.log('error', `network: a connection's user failed: ${String(error)}`),
    });
    this.#stack.attachTcp(this.#tcp);
    this.#mdns = new MulticastDns(environment, this.#stack);
    this.resolver = new DnsResolver({
      clock,
      random,
      udp: this.#stack.udp,
      tcp: this.#tcp,
      order: destinationOrder((destination) => {
        const path = this.#stack.path(destination);
        return isPath(path) ? path.source : undefined;
      }),
      host: () => ({ names: [this.#hostname], addresses: [...this.#addresses()] }),
      multicast: this.#mdns,
    });
  }

  get tcp(): Tcp {
    return this.#tcp;
  }

  get udp(): UdpLayer {
    return this.#stack.udp;
  }

  configure(settings: NetSettings, hostname: string): void {
    this.#settings = settings;
    this.#hostname = hostname;
    for (const configuration of this.#configurations.values()) configuration.apply(settings);
    this.#mdns.configure(settings.mdns && settings.stack === 'panos' ? hostname : undefined);
    this.#discovered();
    this.#stack.flush();
  }

  addLink(link: Link): void {
    const on = this.#stack.addInterface(link);
    const context = {
      stack: this.#stack,
      environment: this.#environment,
      hostname: () => this.#hostname,
      onDiscovery: () => this.#discovered(),
    };
    const configuration = new InterfaceConfiguration(context, on, this.#secret);
    this.#configurations.set(link.name, configuration);
    if (this.#settings !== undefined) configuration.apply(this.#settings);
    link.flush();
  }

  removeLink(name: string): void {
    this.#configurations.get(name)?.stop(false);
    this.#configurations.delete(name);
    this.#stack.removeInterface(name);
    this.#discovered();
  }

  echo(destination: Address): EchoSession {
    return this.#stack.echo.open(destination);
  }

  status(): NetworkStatus {
    const { clock } = this.#environment;
    const stack = this.#stack;
    return {
      stack: this.#settings?.stack ?? 'panos',
      hostname: this.#hostname,
      interfaces: [...this.#configurations.values()].map((each) => interfaceStatus(each, clock)),
      routes: [...stack.routes].map((route) => routeStatus(route, clock)),
      neighbours: [...stack.interfaces.values()].flatMap((on) => [...neighbourStatus(on)]),
      nameServers: this.resolver.servers.map(({ address }) => formatAddress(address)),
      searchDomains: this.#searchDomains(),
      counters: { ...stack.counters, tcp: this.#tcp.counters(), dns: { ...this.resolver.counters } },
      clock: null,
    };
  }

  sockets(): readonly SocketStatus[] {
    return [...[...this.#tcp.list()].map(tcpStatus), ...[...this.#stack.udp.list()].map(udpStatus)];
  }

  timeServers(): readonly string[] {
    const named = this.#found.flatMap(({ timeServers }) => timeServers);
    return [...new Set([...(this.#settings?.timeServers ?? []), ...named])];
  }

  async shutdown(): Promise<void> {
    this.#mdns.configure(undefined);
    for (const connection of this.#tcp.list()) {
      if ('abort' in connection) connection.abort();
      else connection.close();
    }
    for (const configuration of this.#configurations.values()) configuration.stop(true);
    this.#stack.flush();
    await this.#farewell();
    this.#stack.flush();
  }

  /** A server that gets its address back must be found first. */
  async #farewell(): Promise<void> {
    const { clock } = this.#environment;
    const deadline = clock.now + longestFarewell;
    while (this.#stack.waiting > 0 && clock.now < deadline) {
      await new Promise<void>((resolve) => clock.timer(resolve).setIn(farewellStep));
    }
  }

  get #found() {
    return [...this.#configurations.values()].flatMap(({ discovered }) => discovered);
  }

  #searchDomains(): readonly string[] {
    const found = this.#found.flatMap(({ searchDomains }) => searchDomains);
    return [...new Set([...(this.#settings?.searchDomains ?? []), ...found])];
  }

  /** Addresses that others can reach this host by. */
  *#addresses(): Generator<Address> {
    for (const { addresses } of this.#stack.interfaces.values()) {
      for (const { address, state } of addresses) if (state !== 'duplicate') yield address;
    }
  }

  #discovered(): void {
    const set = (this.#settings?.nameServers ?? []).flatMap((text) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ address }];
    });
    this.resolver.setServers([...set, ...this.#found.flatMap(({ nameServers }) => nameServers)]);
    this.resolver.setSearch(this.#searchDomains());
    this.onChange();
  }

  #changed(): void {
    this.#mdns.addressesChanged();
    this.onChange();
  }
}
