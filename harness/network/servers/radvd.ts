import type { SegmentPlan } from '../addresses.ts';
import type { ServerPlan } from '../server.ts';

/** What a router advertises (RFC 4861, section 4.2; RFC 8106). */
export interface AdvertisementOptions {
  readonly name?: string;
  /** M: addresses come by DHCPv6. */
  readonly managed?: boolean;
  /** O: other configuration comes by DHCPv6. */
  readonly otherConfiguration?: boolean;
  /** A: hosts make addresses of the prefix themselves. */
  readonly autonomous?: boolean;
  /** RDNSS: names the segment's name server. */
  readonly nameServer?: boolean;
  /** Seconds that the router is a default router; 0: it is none. */
  readonly routerLifetime?: number;
  /** Seconds. */
  readonly validLifetime?: number;
  readonly preferredLifetime?: number;
  /** Seconds between unasked advertisements, at most; 4 is the least. */
  readonly interval?: number;
}

/** radvd, which makes hosts of a segment find their router and their prefix. */
export function radvd(segment: SegmentPlan, options: AdvertisementOptions = {}): ServerPlan {
  return {
    name: options.name ?? 'advertisements',
    program: 'radvd',
    files: { 'radvd.conf': configuration(segment, options) },
    arguments: (directory) => [
      ...['--nodaemon', '--debug=1', '--logmethod=stderr', `--config=${directory}/radvd.conf`],
      `--pidfile=${directory}/radvd.pid`,
    ],
    ready: /polling for/,
  };
}

function configuration({ name, ipv6 }: SegmentPlan, options: AdvertisementOptions): string {
  const { managed = false, otherConfiguration = false, autonomous = true, nameServer = true } = options;
  const { routerLifetime = 600, validLifetime = 1200, preferredLifetime = 600, interval = 10 } = options;
  const flag = (on: boolean) => (on ? 'on' : 'off');
  return `
interface ${name} {
  AdvSendAdvert on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval ${interval};
  AdvManagedFlag ${flag(managed)};
  AdvOtherConfigFlag ${flag(otherConfiguration)};
  AdvDefaultLifetime ${routerLifetime};
  prefix ${ipv6.prefix}/64 {
    AdvOnLink on;
    AdvAutonomous ${flag(autonomous)};
    AdvValidLifetime ${validLifetime};
    AdvPreferredLifetime ${preferredLifetime};
  };
  ${nameServer ? `RDNSS ${ipv6.nameServer} { AdvRDNSSLifetime 600; };` : ''}
  ${nameServer ? 'DNSSL lab.example { AdvDNSSLLifetime 600; };' : ''}
};
`;
}
