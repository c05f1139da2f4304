/** One interface of the host: its link, its addresses, its neighbours. */
import type { Link } from '../link/link.ts';
import { type Address, isIpv4 } from '../wire/address.ts';
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
  /** An MTU that a person, DHCP or a router wants; the link's if that is smaller. */
  wantedMtu: number | undefined;
  /** RFC 4861, section 6.3.4: what routers advertise. */
  hopLimit = defaultHopLimit;
  routerMtu: number | undefined;
  ipv4 = true;
  ipv6 = true;
  receivedErrors = 0;
  /** Multicast groups, and how many want each. */
  readonly #groups = new Map<Address, number>();

  constructor(link: Link, addresses: AddressTable, neighbours: Interface['neighbours']) {
    this.link = link;
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
    const wanted = Math.min(this.link.mtu, this.wantedMtu ?? this.link.mtu);
    return family === 6 ? Math.min(wanted, this.routerMtu ?? wanted) : wanted;
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
