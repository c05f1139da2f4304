import type { SegmentPlan } from '../addresses.ts';
import type { ServerPlan } from '../server.ts';

/** What a DHCP server does; everything that is left out is as on an ordinary network. */
export interface DhcpOptions {
  /** Name of the server, when there are several; default `dhcp`. */
  readonly name?: string;
  /** Device that it listens on; default the segment's own. */
  readonly device?: string;
  readonly pool?: readonly [first: string, last: string];
  /** Seconds; dnsmasq gives no shorter leases than 120. */
  readonly leaseSeconds?: number;
  /** When a client renews and rebinds, in seconds: options 58 and 59 of RFC 2132. Left out: 1/2 and 7/8 of the lease. */
  readonly renewAfter?: number;
  readonly rebindAfter?: number;
  /** Whether it names the router; a second network often does not. */
  readonly router?: boolean;
  /** Leases addresses in their order, without asking by ping first whether somebody has them. */
  readonly careless?: boolean;
  /** `stateful` leases addresses by DHCPv6, `stateless` tells about name servers only (RFC 8415, section 6.1). */
  readonly ipv6?: 'off' | 'stateful' | 'stateless';
  /** Forgets the leases of an earlier run. */
  readonly forgetful?: boolean;
  /** The time server that it names (option 42). */
  readonly timeServer?: string;
}

/** dnsmasq as a server of DHCPv4 and DHCPv6, and of nothing else. */
export function dnsmasq(segment: SegmentPlan, options: DhcpOptions = {}): ServerPlan {
  const { name = 'dhcp', forgetful = false } = options;
  return {
    name,
    program: 'dnsmasq',
    files: { 'dnsmasq.conf': `${configuration(segment, options).join('\n')}\n`, ...(forgetful && { leases: '' }) },
    arguments: (directory) => [
      ...['--keep-in-foreground', '--log-facility=-', `--conf-file=${directory}/dnsmasq.conf`],
      `--dhcp-leasefile=${directory}/leases`,
    ],
    ready: /started, version/,
  };
}

function configuration({ name, ipv4, ipv6 }: SegmentPlan, options: DhcpOptions): string[] {
  const { device = name, pool = ipv4.pool, leaseSeconds = 600, router = true, careless = false } = options;
  const { renewAfter, rebindAfter, timeServer } = options;
  return [
    // No user of its own: there may be none in our user namespace.
    ...['user=root', 'group=root', 'pid-file=', 'port=0', `interface=${device}`, 'bind-interfaces', 'log-dhcp'],
    ...['dhcp-authoritative', 'domain=lab.example'],
    `dhcp-range=${pool[0]},${pool[1]},${ipv4.netmask},${leaseSeconds}`,
    // An empty value keeps dnsmasq from naming itself.
    `dhcp-option=option:router${router ? `,${ipv4.router}` : ''}`,
    `dhcp-option=option:dns-server,${ipv4.nameServer}`,
    ...(renewAfter === undefined ? [] : [`dhcp-option=option:T1,${renewAfter}`]),
    ...(rebindAfter === undefined ? [] : [`dhcp-option=option:T2,${rebindAfter}`]),
    ...(timeServer === undefined ? [] : [`dhcp-option=option:ntp-server,${timeServer}`]),
    ...(careless ? ['no-ping', 'dhcp-sequential-ip'] : []),
    ...ranges6[options.ipv6 ?? 'off'](ipv6, leaseSeconds),
  ];
}

const ranges6: Readonly<
  Record<NonNullable<DhcpOptions['ipv6']>, (plan: SegmentPlan['ipv6'], leaseSeconds: number) => string[]>
> = {
  off: () => [],
  stateful: ({ pool, nameServer }, leaseSeconds) => [
    `dhcp-range=${pool[0]},${pool[1]},64,${leaseSeconds}`,
    ...information6(nameServer),
  ],
  // `static`: no addresses but for hosts that are listed, and none is.
  stateless: ({ prefix, nameServer }) => [`dhcp-range=${prefix},static`, ...information6(nameServer)],
};

const information6 = (nameServer: string): string[] => [
  `dhcp-option=option6:dns-server,[${nameServer}]`,
  'dhcp-option=option6:domain-search,lab.example',
];
