/** What a person may set about the network, with every field present. Addresses are texts that were checked. */
export interface NetSettings {
  /** `panos`: our own stack over packet sockets. `kernel`: Linux's, with the same addresses; a fallback and a yardstick. */
  readonly stack: 'panos' | 'kernel';
  /** By interface name (`eth0`), by Ethernet address (`52:54:00:12:34:56`), or `*` for all others. */
  readonly interfaces: Readonly<Record<string, InterfaceSettings>>;
  /** Asked before those that DHCP and router advertisements name. */
  readonly nameServers: readonly string[];
  readonly searchDomains: readonly string[];
  /** Addresses or names; those of DHCP are used too. Empty, and none by DHCP: the clock is left alone. */
  readonly timeServers: readonly string[];
  /** Answers to `<hostname>.local` by multicast DNS. */
  readonly mdns: boolean;
  /** Port of the SOCKS5 proxy on 127.0.0.1; 0 is none. */
  readonly socksPort: number;
}

export interface InterfaceSettings {
  /** null: what the interface has, or what DHCP or a router says. */
  readonly mtu: number | null;
  readonly ipv4: Ipv4Settings;
  readonly ipv6: Ipv6Settings;
}

export interface StaticAddress {
  /** `192.0.2.10/24` */
  readonly address: string;
  readonly gateway: string | null;
}

/** `dhcp` falls back to a link-local address (RFC 3927) while no server answers. */
export type Ipv4Settings = { readonly method: 'dhcp' | 'off' } | ({ readonly method: 'static' } & StaticAddress);

/** `auto`: router advertisements, and DHCPv6 when they say so. `static` leaves the link-local address and adds one. */
export type Ipv6Settings =
  | { readonly method: 'auto'; readonly temporary: boolean }
  | { readonly method: 'off' }
  | ({ readonly method: 'static' } & StaticAddress);

export const defaultInterface: InterfaceSettings = {
  mtu: null,
  ipv4: { method: 'dhcp' },
  ipv6: { method: 'auto', temporary: false },
};

export const defaultNet: NetSettings = {
  stack: 'panos',
  interfaces: { '*': defaultInterface },
  nameServers: [],
  searchDomains: [],
  timeServers: [],
  mdns: true,
  socksPort: 1080,
};

/** The settings of one interface: by its name, by its Ethernet address (`52:54:00:12:34:56`), or those of all others. */
export function settingsOfInterface({ interfaces }: NetSettings, name: string, mac: string): InterfaceSettings {
  return interfaces[name] ?? interfaces[mac] ?? interfaces['*'] ?? defaultInterface;
}
