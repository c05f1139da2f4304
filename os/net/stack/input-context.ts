import type { Clock } from '../environment/clock.ts';
import type { TcpLayer } from '../socket/tcp/connection.ts';
import type { Udp } from '../socket/udp.ts';
import type { Counters } from './counters.ts';
import type { Echo } from './echo.ts';
import type { Membership } from './membership.ts';
import type { NeighbourDiscovery } from './ndp.ts';
import type { Output } from './output.ts';
import type { PathMtus } from './path-mtu.ts';
import type { RouterDiscovery } from './router-discovery.ts';

/** Whom input hands packets to, and what it stands on. */
export interface InputContext {
  readonly clock: Clock;
  readonly output: Output;
  readonly counters: Counters;
  readonly pathMtus: PathMtus;
  readonly udp: Udp;
  readonly tcp: () => TcpLayer | undefined;
  readonly echo: Echo;
  readonly ndp: NeighbourDiscovery;
  readonly routers: RouterDiscovery;
  readonly membership: Membership;
}
