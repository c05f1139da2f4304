/**
 * The contract of a configured host: a stack whose interfaces get their addresses as the settings say. The daemon gives it
 * links, time and settings; the simulator gives it the same without a kernel.
 */
import type { NetSettings } from '../../settings/net.ts';
import type { NetworkStatus, SocketStatus } from '../../sockets/status.ts';
import type { Clock } from '../environment/clock.ts';
import type { Random } from '../environment/random.ts';
import type { Link } from '../link/link.ts';
import type { EchoSession } from '../socket/echo-contract.ts';
import type { TcpLayer } from '../socket/tcp/connection.ts';
import type { UdpLayer } from '../socket/udp-contract.ts';
import type { Address } from '../wire/address.ts';

export type { EchoReply, EchoSession } from '../socket/echo-contract.ts';

export interface HostEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  /** Seconds since 1970, or undefined while the clock cannot be trusted; only for what is remembered across restarts. */
  readonly wallClock: () => number | undefined;
  readonly log: (severity: 'error' | 'warning' | 'info' | 'debug', message: string) => void;
  /** Small JSON values that survive a restart of the daemon, by key: leases, and the secret of stable addresses. */
  readonly memory: HostMemory;
}

export interface HostMemory {
  recall(key: string): unknown;
  remember(key: string, value: unknown): void;
}

/** Answers of the resolver. RFC 1035; `code` is that of Node.js's `dns` module. */
export interface Resolver {
  /** Addresses of a name, IPv4 and IPv6, best first (RFC 6724). @throws NameError */
  lookup(name: string, family?: 0 | 4 | 6): Promise<readonly Address[]>;
  /** Records of a type, as `dns.promises.resolve` gives them. @throws NameError */
  resolve(
    name: string,
    type: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SRV' | 'TXT',
  ): Promise<readonly unknown[]>;
  /** Names of an address. @throws NameError */
  reverse(address: Address): Promise<readonly string[]>;
}

export class NameError extends Error {
  override readonly name = 'NameError';
  readonly code: 'ENOTFOUND' | 'ENODATA' | 'ESERVFAIL' | 'EREFUSED' | 'ETIMEOUT' | 'EBADNAME';

  constructor(code: NameError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface Host {
  readonly tcp: TcpLayer;
  readonly udp: UdpLayer;
  readonly resolver: Resolver;
  /** Applies settings, also to links that are already there: what has not changed is not touched. */
  configure(settings: NetSettings, hostname: string): void;
  addLink(link: Link): void;
  removeLink(name: string): void;
  echo(destination: Address): EchoSession;
  status(): NetworkStatus;
  sockets(): readonly SocketStatus[];
  /** Time servers that DHCP named, and those of the settings, best first. */
  timeServers(): readonly string[];
  /** Something of `status` that people care about has changed: an address, a route, a carrier, a name server. */
  onChange: () => void;
  /** Gives leases back and ends all connections; resolves when the last packets are handed to the links. */
  shutdown(): Promise<void>;
}
