/** How one interface gets its IPv6 addresses: from routers and DHCPv6, or from the settings. */
import type { Ipv6Settings } from '../../settings/net.ts';
import type { LeaseStatus } from '../../sockets/status.ts';
import { Dhcp6Client } from '../socket/dhcp6/client.ts';
import type { Dhcp6Information, Dhcp6Lease } from '../socket/dhcp6/lease.ts';
import type { UdpSocket } from '../socket/udp-contract.ts';
import type { HostAddress } from '../stack/address-table.ts';
import type { Interface } from '../stack/interface.ts';
import { metrics } from '../stack/router-discovery.ts';
import { type Address, combine, formatAddress, isLinkLocal, parseAddress, unspecified6 } from '../wire/address.ts';
import type { DnsInformation } from '../wire/ndp.ts';
import type { ConfigurationContext, Discovered } from './context.ts';
import { interfaceIdentifier } from './interface-identifier.ts';
import { parsePrefixed } from './prefixed.ts';
import { RouterDns } from './router-dns.ts';

const ports = { client: 546, server: 547 } as const;
const forEver = Number.POSITIVE_INFINITY;
const linkLocalPrefix = parseAddress('fe80::') as Address;
/** All DHCP relay agents and servers: RFC 8415, section 7.1. */
const allServers = parseAddress('ff02::1:2') as Address;

export class Ipv6Configuration {
  readonly #context: ConfigurationContext;
  readonly #on: Interface;
  readonly #settings: Ipv6Settings;
  readonly #secret: string;
  readonly #routerDns: RouterDns;
  #linkLocalAttempt = 0;
  #client: Dhcp6Client | undefined;
  #mode: 'stateful' | 'stateless' | undefined;
  /** The cable was out, and no router has spoken since. */
  #moved = false;
  #socket: UdpSocket | undefined;
  #lease: Dhcp6Lease | undefined;
  #information: Dhcp6Information | undefined;

  constructor(context: ConfigurationContext, on: Interface, settings: Ipv6Settings, secret: string) {
    this.#context = context;
    this.#on = on;
    this.#settings = settings;
    this.#secret = secret;
    this.#routerDns = new RouterDns(context.environment.clock, on.name, context.onDiscovery);
    on.ipv6 = settings.method !== 'off';
    if (settings.method === 'off') return;
    this.#addLinkLocal();
    if (settings.method === 'static') this.#applyStatic(settings);
    else this.#startDiscovery(settings.temporary);
  }

  get leases(): readonly LeaseStatus[] {
    return this.#client === undefined ? [] : [this.#client.status()];
  }

  get discovered(): Discovered {
    const { nameServers, searchDomains } = this.#routerDns;
    const told = this.#lease?.information ?? this.#information;
    return {
      nameServers: [...nameServers, ...(told?.nameServers ?? []).map((address) => this.#server(address))],
      searchDomains: [...searchDomains, ...(told?.searchDomains ?? [])],
      timeServers: told?.timeServers ?? [],
    };
  }

  linkChanged(): void {
    if (!this.#on.link.up) {
      this.#client?.linkDown();
      return;
    }
    // What routers said may not be true of the network that is there now; they will say it again.
    this.#moved = true;
    if (this.#settings.method === 'auto') this.#startDiscovery(this.#settings.temporary);
    this.#client?.linkUp();
  }

  /** Somebody else has an address of this interface. */
  duplicate(duplicate: HostAddress, owner: string): void {
    const { stack, environment } = this.#context;
    const { address, origin } = duplicate;
    environment.log(
      'warning',
      `network: ${this.#on.name}: ${formatAddress(address)} is used by ${owner} too; it is given up here`,
    );
    if (origin === 'dhcp') this.#client?.decline();
    else if (origin === 'slaac') stack.routers.duplicate(this.#on, duplicate);
    else if (origin === 'link-local') {
      this.#linkLocalAttempt += 1;
      this.#on.addresses.remove(address);
      if (this.#linkLocalAttempt <= 3) this.#addLinkLocal();
    }
  }

  stop(release: boolean): void {
    const { stack } = this.#context;
    if (release) this.#client?.release();
    else this.#client?.stop();
    this.#client = undefined;
    this.#socket?.close();
    this.#routerDns.clear();
    stack.routers.stop(this.#on);
    for (const { address } of [...this.#on.addresses]) if (address.length === 8) this.#on.addresses.remove(address);
    stack.routes.remove((route) => route.interface === this.#on.name && route.destination.length === 8);
  }

  #identifier(prefix: Address, attempt: number): Address {
    return interfaceIdentifier(this.#secret, this.#on.mac, prefix, attempt);
  }

  #addLinkLocal(): void {
    const address = combine(linkLocalPrefix, 64, this.#identifier(linkLocalPrefix, this.#linkLocalAttempt));
    this.#add(address, 64, 'link-local', forEver, forEver);
  }

  #applyStatic({ address: text, gateway }: { address: string; gateway: string | null }): void {
    const parsed = parsePrefixed(text);
    if (parsed === undefined) return;
    this.#add(parsed.address, parsed.prefixLength, 'static', forEver, forEver);
    const router = gateway === null ? undefined : parsePrefixed(gateway)?.address;
    if (router === undefined) return;
    this.#context.stack.routes.add({
      destination: unspecified6,
      length: 0,
      gateway: router,
      interface: this.#on.name,
      metric: metrics.default + this.#on.order,
      origin: 'static',
      expiresAt: forEver,
    });
  }

  #startDiscovery(temporary: boolean): void {
    const plan = {
      interfaceIdentifier: (prefix: Address, attempt: number) => this.#identifier(prefix, attempt),
      temporary,
    };
    this.#context.stack.routers.start(this.#on, plan, {
      onAdvertisement: (managed, other, dns) => this.#advertised(managed, other, dns),
    });
  }

  #advertised(managed: boolean, other: boolean, dns: readonly DnsInformation[]): void {
    const mode = managed ? 'stateful' : other ? 'stateless' : undefined;
    if (this.#moved) this.#arrived(mode);
    this.#routerDns.learn(dns);
    if (mode === undefined || mode === this.#mode || this.#mode === 'stateful') return;
    this.#mode = mode;
    this.#startClient(mode);
  }

  /** The first router of a network that may be another one: what others said elsewhere is forgotten. */
  #arrived(mode: 'stateful' | 'stateless' | undefined): void {
    this.#moved = false;
    this.#routerDns.clear();
    if (mode !== this.#mode) {
      this.#client?.stop();
      this.#client = undefined;
      this.#mode = undefined;
      this.#information = undefined;
      this.#dropLease();
    }
    this.#context.onDiscovery();
  }

  #startClient(mode: 'stateful' | 'stateless'): void {
    const { stack, environment } = this.#context;
    const on = this.#on;
    this.#client?.stop();
    this.#socket ??= stack.udp.open({ port: ports.client, interface: on.name });
    const socket = this.#socket;
    const client = new Dhcp6Client({
      clock: environment.clock,
      random: environment.random,
      mac: on.mac,
      send: (message) => {
        // RFC 8415, section 16: from a link-local address, or not at all.
        if (![...on.addresses].some(({ address }) => isLinkLocal(address) && on.addresses.owns(address))) return;
        socket.send(message, { address: allServers, port: ports.server }, { interface: on.name });
        on.link.flush();
      },
      events: {
        onLease: (lease) => this.#applyLease(lease),
        onInformation: (information) => {
          this.#information = information;
          this.#context.onDiscovery();
        },
        onLost: (reason) => {
          environment.log('warning', `network: ${on.name}: the address from DHCPv6 is lost (${reason})`);
          this.#dropLease();
          this.#context.onDiscovery();
        },
      },
    });
    socket.onDatagram = ({ payload, remote }) => {
      if (isLinkLocal(remote.address)) client.receive(payload);
    };
    this.#client = client;
    client.start(mode);
  }

  #applyLease(lease: Dhcp6Lease): void {
    const gone = this.#lease?.addresses.filter(
      ({ address }) => !lease.addresses.some((each) => each.address === address),
    );
    for (const { address } of gone ?? []) this.#on.addresses.remove(address);
    this.#lease = lease;
    for (const { address, validLifetime, preferredLifetime } of lease.addresses) {
      const valid = lease.acquiredAt + validLifetime * 1000;
      // RFC 8415, section 21.6: the address says nothing of the link's prefix; routers do.
      this.#add(address, 128, 'dhcp', valid, lease.acquiredAt + preferredLifetime * 1000);
    }
    this.#context.onDiscovery();
  }

  #dropLease(): void {
    for (const { address } of this.#lease?.addresses ?? []) this.#on.addresses.remove(address);
    this.#lease = undefined;
  }

  #add(
    address: Address,
    prefixLength: number,
    origin: HostAddress['origin'],
    validUntil: number,
    preferredUntil: number,
  ) {
    this.#on.addresses.add({ address, prefixLength, origin, validUntil, preferredUntil });
  }

  #server(address: Address): { address: Address; interface?: string } {
    return isLinkLocal(address) ? { address, interface: this.#on.name } : { address };
  }
}
