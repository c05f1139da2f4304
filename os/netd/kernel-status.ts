/** With `net.stack: "kernel"`: what Linux itself has learnt, beside what the host gave it. */
import type { RouteSocket } from '../net/link/packet/netlink/route-socket.ts';
import type { RouteState } from '../net/link/packet/netlink/route-state.ts';
import { formatAddress, isIpv4, isLinkLocal } from '../net/wire/address.ts';
import { formatMac } from '../net/wire/mac.ts';
import type { AddressStatus, NeighbourStatus, NetworkStatus, RouteStatus } from '../sockets/status.ts';

type Requests = Pick<RouteSocket, 'addresses' | 'routes' | 'neighbours'>;

/** `names` are those of the interfaces that are spoken of, by the kernel's numbers. */
export function withKernel(
  status: NetworkStatus,
  requests: Requests,
  names: ReadonlyMap<number, string>,
): NetworkStatus {
  const addresses = requests.addresses();
  const indexOf = new Map([...names].map(([index, name]) => [name, index]));
  return {
    ...status,
    interfaces: status.interfaces.map((each) => {
      const index = indexOf.get(each.name);
      const given = new Set(each.addresses.map(({ address }) => address));
      const learnt = addresses
        .filter((state) => state.index === index && !given.has(formatAddress(state.address)))
        .map(asAddress);
      return { ...each, addresses: [...each.addresses, ...learnt] };
    }),
    routes: requests.routes().flatMap((route) => asRoute(route, names) ?? []),
    neighbours: requests.neighbours().flatMap(({ index, address, mac, state, router }): NeighbourStatus[] => {
      const name = names.get(index);
      if (name === undefined) return [];
      const known = mac === undefined ? null : formatMac(mac);
      return [{ address: formatAddress(address), interface: name, mac: known, state, router }];
    }),
  };
}

function asAddress(state: ReturnType<Requests['addresses']>[number]): AddressStatus {
  const { address, prefixLength } = state;
  return {
    address: formatAddress(address),
    prefixLength,
    family: isIpv4(address) ? 4 : 6,
    state: state.state,
    origin: isLinkLocal(address) ? 'link-local' : state.permanent ? 'static' : 'slaac',
    validFor: state.validFor ?? null,
    preferredFor: state.preferredFor ?? null,
  };
}

function asRoute(route: RouteState, names: ReadonlyMap<number, string>): RouteStatus | undefined {
  const name = names.get(route.index);
  if (name === undefined) return undefined;
  return {
    destination: `${formatAddress(route.destination)}/${route.prefixLength}`,
    gateway: route.gateway === undefined ? null : formatAddress(route.gateway),
    interface: name,
    metric: route.metric,
    origin: route.origin,
    expiresIn: route.expiresIn ?? null,
  };
}
