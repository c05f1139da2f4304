/** How one interface gets its IPv4 addresses: by DHCP, from the settings, or from nobody (RFC 3927). */
import type { Ipv4Settings } from '../../settings/net.ts';
import type { LeaseStatus } from '../../sockets/status.ts';
import type { Timer } from '../environment/clock.ts';
import { Dhcp4Client } from '../socket/dhcp4/client.ts';
import { type Dhcp4Lease, recalledLease, rememberedLease } from '../socket/dhcp4/lease.ts';
import type { UdpSocket } from '../socket/udp-contract.ts';
import type { HostAddress } from '../stack/address-table.ts';
import type { Interface } from '../stack/interface.ts';
import { metrics } from '../stack/router-discovery.ts';
import { type Address, broadcast4, formatAddress, networkOf, unspecified4 } from '../wire/address.ts';
import { formatMac } from '../wire/mac.ts';
import { type ConfigurationContext, type Discovered, nothing } from './context.ts';
import { linkLocalCandidates } from './link-local4.ts';
import { parsePrefixed } from './prefixed.ts';

const ports = { client: 68, server: 67 } as const;
/** RFC 3927, section 9: MAX_CONFLICTS, and RATE_LIMIT_INTERVAL in milliseconds. */
const mostConflicts = 10;
const conflictRest = 60_000;
const forEver = Number.POSITIVE_INFINITY;

export class Ipv4Configuration {
  readonly #context: ConfigurationContext;
  readonly #on: Interface;
  #client: Dhcp4Client | undefined;
  #socket: UdpSocket | undefined;
  #lease: Dhcp4Lease | undefined;
  #linkLocal: Address | undefined;
  #conflicts = 0;
  readonly #retry: Timer;
  #candidates: Generator<Address, never> | undefined;
  discovered: Discovered = nothing;

  constructor(context: ConfigurationContext, on: Interface, settings: Ipv4Settings) {
    this.#context = context;
    this.#on = on;
    this.#retry = context.environment.clock.timer(() => this.#takeLinkLocal());
    on.ipv4 = settings.method !== 'off';
    if (settings.method === 'static') this.#applyStatic(settings);
    else if (settings.method === 'dhcp') this.#startDhcp();
  }

  get leases(): readonly LeaseStatus[] {
    return this.#client === undefined ? [] : [this.#client.status()];
  }

  linkChanged(): void {
    if (this.#on.link.up) this.#client?.linkUp();
    else this.#client?.linkDown();
  }

  /** Somebody else has an address of this interface. */
  duplicate({ address, origin }: HostAddress, owner: string): void {
    const { log } = this.#context.environment;
    log('warning', `network: ${this.#on.name}: ${formatAddress(address)} is used by ${owner} too; it is given up here`);
    if (origin === 'dhcp') this.#client?.decline();
    else if (address === this.#linkLocal) {
      this.#on.addresses.remove(address);
      // RFC 3927, section 2.2.1: whoever answers everything would otherwise keep the whole link busy.
      if (++this.#conflicts < mostConflicts) this.#takeLinkLocal();
      else this.#retry.setIn(conflictRest);
    }
  }

  /** Lets go of everything. `release`: the server is told that the address is free. */
  stop(release: boolean): void {
    if (release) this.#client?.release();
    else this.#client?.stop();
    this.#client = undefined;
    this.#dropLease();
    this.#dropLinkLocal();
    this.#socket?.close();
    const { stack } = this.#context;
    stack.acceptAnyAddress(this.#on, undefined);
    for (const { address, origin } of [...this.#on.addresses]) {
      if (address.length === 2 && origin === 'static') this.#on.addresses.remove(address);
    }
    stack.routes.remove((route) => route.interface === this.#on.name && route.destination.length === 2);
  }

  #applyStatic({ address: text, gateway }: { address: string; gateway: string | null }): void {
    const parsed = parsePrefixed(text);
    if (parsed === undefined) return;
    const { address, prefixLength } = parsed;
    this.#on.addresses.add({ address, prefixLength, origin: 'static', validUntil: forEver, preferredUntil: forEver });
    const router = gateway === null ? undefined : parsePrefixed(gateway)?.address;
    if (router !== undefined) this.#addRoute(unspecified4, 0, router, 'static', forEver);
  }

  #startDhcp(): void {
    const { stack, environment, hostname } = this.#context;
    const on = this.#on;
    const socket = stack.udp.open({ port: ports.client, interface: on.name });
    stack.acceptAnyAddress(on, ports.client);
    const client = new Dhcp4Client({
      clock: environment.clock,
      random: environment.random,
      mac: on.mac,
      hostname,
      send: (message, to) => {
        const address = to.kind === 'broadcast' ? broadcast4 : to.server;
        socket.send(message, { address, port: ports.server }, { source: to.source });
        on.link.flush();
      },
      events: {
        onLease: (lease) => this.#applyLease(lease),
        onLost: (reason) => this.#lost(reason),
        onNoServer: () => this.#noServer(),
      },
    });
    socket.onDatagram = ({ payload, remote }) => {
      if (remote.port === ports.server) client.receive(payload, remote.address);
    };
    this.#socket = socket;
    this.#client = client;
    if (!on.link.up) client.linkDown();
    client.start(recalledLease(environment.memory.recall(this.#key), environment.wallClock()));
  }

  get #key(): string {
    return `dhcp4 ${formatMac(this.#on.mac)}`;
  }

  #applyLease(lease: Dhcp4Lease): void {
    const { stack, environment, onDiscovery } = this.#context;
    const on = this.#on;
    const before = this.#lease;
    if (before !== undefined && before.address !== lease.address) this.#dropLease();
    this.#lease = lease;
    const until = lease.acquiredAt + lease.leaseTime * 1000;
    const { address, prefixLength } = lease;
    on.addresses.add({ address, prefixLength, origin: 'dhcp', validUntil: until, preferredUntil: until });
    stack.routes.remove((route) => route.interface === on.name && route.origin === 'dhcp');
    for (const { destination, prefixLength: length, gateway } of lease.routes) {
      this.#addRoute(networkOf(destination, length), length, gateway, 'dhcp', until);
    }
    this.#setMtu(lease.mtu);
    this.#dropLinkLocal();
    this.discovered = {
      nameServers: lease.nameServers.map((server) => ({ address: server })),
      searchDomains:
        lease.searchDomains.length > 0 ? lease.searchDomains : lease.domain === undefined ? [] : [lease.domain],
      timeServers: lease.timeServers.map(formatAddress),
    };
    environment.memory.remember(this.#key, rememberedLease(lease, environment.clock.now, environment.wallClock()));
    onDiscovery();
  }

  #lost(reason: string): void {
    const { environment, onDiscovery } = this.#context;
    environment.log('warning', `network: ${this.#on.name}: the address from DHCP is lost (${reason})`);
    environment.memory.remember(this.#key, null);
    this.#dropLease();
    onDiscovery();
  }

  #noServer(): void {
    if (this.#linkLocal !== undefined || this.#lease !== undefined) return;
    const address = this.#takeLinkLocal();
    this.#context.environment.log(
      'warning',
      `network: ${this.#on.name}: no DHCP server answers; using the link-local address ${formatAddress(address)} until one does`,
    );
  }

  #takeLinkLocal(): Address {
    this.#candidates ??= linkLocalCandidates(this.#on.mac);
    const address = this.#candidates.next().value;
    this.#linkLocal = address;
    this.#on.addresses.add({
      address,
      prefixLength: 16,
      origin: 'link-local',
      validUntil: forEver,
      preferredUntil: forEver,
    });
    return address;
  }

  #dropLinkLocal(): void {
    this.#retry.clear();
    if (this.#linkLocal !== undefined) this.#on.addresses.remove(this.#linkLocal);
    this.#linkLocal = undefined;
  }

  #dropLease(): void {
    const { stack } = this.#context;
    const lease = this.#lease;
    this.#lease = undefined;
    this.discovered = nothing;
    if (lease === undefined) return;
    stack.routes.remove((route) => route.interface === this.#on.name && route.origin === 'dhcp');
    this.#on.addresses.remove(lease.address);
    this.#setMtu(undefined);
  }

  #setMtu(mtu: number | undefined): void {
    if (this.#on.serverMtu === mtu) return;
    this.#on.serverMtu = mtu;
    this.#context.stack.invalidate();
  }

  #addRoute(
    destination: Address,
    length: number,
    gateway: Address | undefined,
    origin: 'static' | 'dhcp',
    expiresAt: number,
  ): void {
    // Of several interfaces the first is preferred: they are numbered as they were found.
    const metric = metrics.default + this.#on.order;
    this.#context.stack.routes.add({
      destination,
      length,
      gateway,
      interface: this.#on.name,
      metric,
      origin,
      expiresAt,
    });
  }
}
