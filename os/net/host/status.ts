/** The state of the network as plain values: what `ip`, `sockets` and the settings page show. */
import type {
  AddressStatus,
  InterfaceStatus,
  NeighbourStatus,
  RouteStatus,
  SocketStatus,
} from '../../sockets/status.ts';
import type { Clock } from '../environment/clock.ts';
import type { TcpConnection, TcpListener } from '../socket/tcp/connection.ts';
import type { UdpSocket } from '../socket/udp-contract.ts';
import type { Interface } from '../stack/interface.ts';
import type { Route } from '../stack/routes.ts';
import { type Address, formatAddress, formatEndpoint, isIpv4 } from '../wire/address.ts';
import { formatMac } from '../wire/mac.ts';
import type { InterfaceConfiguration } from './interface-configuration.ts';

/** Whole seconds from now on; null for ever. */
const secondsLeft = (clock: Clock, until: number): number | null =>
  until === Number.POSITIVE_INFINITY ? null : Math.max(0, Math.round((until - clock.now) / 1000));

export function interfaceStatus({ on, leases }: InterfaceConfiguration, clock: Clock): InterfaceStatus {
  const { link } = on;
  const { counters } = link;
  return {
    name: on.name,
    index: on.order + 1,
    mac: formatMac(on.mac),
    mtu: on.mtu(4),
    up: link.up,
    addresses: [...on.addresses].map(
      ({ address, prefixLength, state, origin, validUntil, preferredUntil }): AddressStatus => ({
        address: formatAddress(address),
        prefixLength,
        family: isIpv4(address) ? 4 : 6,
        state,
        origin,
        validFor: secondsLeft(clock, validUntil),
        preferredFor: secondsLeft(clock, preferredUntil),
      }),
    ),
    leases,
    receivedFrames: counters.receivedFrames,
    receivedBytes: counters.receivedBytes,
    receivedErrors: on.receivedErrors,
    receivedDropped: counters.receivedDropped,
    sentFrames: counters.sentFrames,
    sentBytes: counters.sentBytes,
    sentDropped: counters.sentDropped,
  };
}

export const routeStatus = (route: Route, clock: Clock): RouteStatus => ({
  destination: `${formatAddress(route.destination)}/${route.length}`,
  gateway: route.gateway === undefined ? null : formatAddress(route.gateway),
  interface: route.interface,
  metric: route.metric,
  origin: route.origin,
  expiresIn: secondsLeft(clock, route.expiresAt),
});

export function* neighbourStatus(on: Interface): Generator<NeighbourStatus> {
  for (const cache of Object.values(on.neighbours)) {
    for (const neighbour of cache) {
      yield {
        address: formatAddress(neighbour.address),
        interface: on.name,
        mac: neighbour.mac === undefined ? null : formatMac(neighbour.mac),
        state: cache.stateOf(neighbour),
        router: neighbour.router,
      };
    }
  }
}

const place = (address: Address | undefined, port: number): string =>
  address === undefined ? `*:${port}` : formatEndpoint({ address, port });

export function tcpStatus(socket: TcpConnection | TcpListener): SocketStatus {
  const { local } = socket;
  if (!('remote' in socket)) {
    return { ...silent, protocol: 'tcp', state: 'listen', local: placeOf(local), remote: null };
  }
  const { statistics, state, remote } = socket;
  return {
    protocol: 'tcp',
    state,
    local: formatEndpoint(local),
    remote: formatEndpoint(remote),
    sendQueue: statistics.sendQueue,
    receiveQueue: statistics.receiveQueue,
    roundTrip: statistics.smoothedRoundTrip ?? null,
    congestionWindow: statistics.congestionWindow,
    retransmits: statistics.retransmits,
  };
}

const silent = { sendQueue: 0, receiveQueue: 0, roundTrip: null, congestionWindow: null, retransmits: null } as const;

/** A listener on every address has the unspecified one. */
const placeOf = ({ address, port }: { address: Address; port: number }): string =>
  /^\0*$/.test(address) ? `*:${port}` : formatEndpoint({ address, port });

export const udpStatus = ({ local: { address, port } }: UdpSocket): SocketStatus => ({
  ...silent,
  protocol: 'udp',
  state: 'bound',
  local: place(address, port),
  remote: null,
});
