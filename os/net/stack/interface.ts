/** One interface of the host: its link, its addresses, its neighbours. */
import type { Link } from '../link/link.ts';
import { type Address, isIpv4, isMulticast } from '../wire/address.ts';
import { type MacAddress, multicastMac } from '../wire/mac.ts';
import type { AddressTable } from './address-table.ts';
import type { NeighbourCache } from './neighbours.ts';

/** RFC 1122, section 3.2.1.7, and RFC 8200. */
const defaultHopLimit = 64;

export class Interface {
  readonly link: Link;
  readonly addresses: AddressTable;
  /** By address family: ARP's and NDP's. */
  readonly neighbours: Readonly<Record<4 | 6, NeighbourCache>>;
  /** How many interfaces were there before it: what is preferred among equals. */
  readonly order: number;
  /** MTUs that the settings and a DHCP server want; the link's counts if that is smaller. */
  wantedMtu: number | undefined;
  serverMtu: number | undefined;
  /** RFC 4861, section 6.3.4: what routers advertise, for IPv6. */
  routerHopLimit: number | undefined;
  routerMtu: number | undefined;
  ipv4 = true;
  ipv6 = true;
  /** Another stack has the addresses: nothing is taken or answered but what obtains them. */
  configurationOnly = false;
  receivedErrors = 0;
  /** Multicast groups, and how many want each. */
  readonly #groups = new Map<Address, number>();

  constructor(link: Link, order: number, addresses: AddressTable, neighbours: Interface['neighbours']) {
    this.link = link;
    this.order = order;
    this.addresses = addresses;
    this.neighbours = neighbours;
  }

  get name(): string {
    return this.link.name;
  }

  get mac(): MacAddress {
    return this.link.mac;
  }

  /** Bytes of the longest packet, by family: routers advertise one for IPv6. */
  mtu(family: 4 | 6): number {
    const said = family === 6 ? this.routerMtu : this.serverMtu;
    return Math.min(this.link.mtu, this.wantedMtu ?? said ?? this.link.mtu);
  }

  /** What packets to `destination` start with. */
  hopLimitTo(destination: Address): number {
    // RFC 1112, section 6.1: not beyond this link unless somebody says so.
    if (isMulticast(destination)) return 1;
    return isIpv4(destination) ? defaultHopLimit : (this.routerHopLimit ?? defaultHopLimit);
  }

  neighboursOf(address: Address): NeighbourCache {
    return this.neighbours[isIpv4(address) ? 4 : 6];
  }

  /** @returns whether it is new */
  joinGroup(group: Address): boolean {
    const wanted = this.#groups.get(group) ?? 0;
    this.#groups.set(group, wanted + 1);
    if (wanted === 0) this.#applyGroups();
    return wanted === 0;
  }

  leaveGroup(group: Address): void {
    const wanted = this.#groups.get(group) ?? 0;
    if (wanted > 1) this.#groups.set(group, wanted - 1);
    else if (this.#groups.delete(group)) this.#applyGroups();
  }

  inGroup(group: Address): boolean {
    return this.#groups.has(group);
  }

  get groups(): Iterable<Address> {
    return this.#groups.keys();
  }

  #applyGroups(): void {
    this.link.setGroups(new Set([...this.#groups.keys()].map(multicastMac)));
  }
}
