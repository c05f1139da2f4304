/**
 * Who has which address. All are documentation addresses (RFC 5737, RFC 3849): should a packet escape, it goes nowhere.
 */

/** A segment: one Ethernet, with a router and servers on it. */
export interface SegmentPlan {
  readonly name: string;
  readonly ipv4: Ipv4Plan;
  readonly ipv6: Ipv6Plan;
  /** The router's Ethernet address; without one of its own a bridge changes it as devices come and go. */
  readonly mac: string;
}

interface Ipv4Plan {
  readonly prefixLength: number;
  readonly netmask: string;
  readonly router: string;
  readonly nameServer: string;
  readonly web: string;
  readonly timeServer: string;
  /** What DHCP leases unless a scenario says otherwise. */
  readonly pool: readonly [first: string, last: string];
}

interface Ipv6Plan {
  /** `2001:db8:1::`, of 64 bits */
  readonly prefix: string;
  readonly router: string;
  readonly nameServer: string;
  readonly web: string;
  readonly timeServer: string;
  readonly pool: readonly [first: string, last: string];
}

export const segments = {
  lan0: {
    name: 'lan0',
    mac: '02:00:00:00:00:01',
    ipv4: ipv4Of('192.0.2'),
    ipv6: ipv6Of('2001:db8:1::'),
  },
  lan1: {
    name: 'lan1',
    mac: '02:00:00:00:01:01',
    ipv4: ipv4Of('198.51.100'),
    ipv6: ipv6Of('2001:db8:2::'),
  },
} as const satisfies Record<string, SegmentPlan>;

export type SegmentName = keyof typeof segments;

/** A web server that is on no segment: who reaches it has found the router. */
export const far = { ipv4: '203.0.113.80', ipv6: '2001:db8:f::80' } as const;

/** The router's link-local address, on every segment. */
export const routerLinkLocal = 'fe80::1';

function ipv4Of(network: string): Ipv4Plan {
  return {
    prefixLength: 24,
    netmask: '255.255.255.0',
    router: `${network}.1`,
    nameServer: `${network}.53`,
    web: `${network}.80`,
    timeServer: `${network}.123`,
    pool: [`${network}.100`, `${network}.150`],
  };
}

function ipv6Of(prefix: string): Ipv6Plan {
  return {
    prefix,
    router: `${prefix}1`,
    nameServer: `${prefix}53`,
    web: `${prefix}80`,
    timeServer: `${prefix}123`,
    pool: [`${prefix}1000`, `${prefix}1fff`],
  };
}
